namespace LoraCluster.QuickStart;

internal static partial class Domains
{
    private const string Food = """
        domain: food
        aspect: dish
        one: soup, stew, curry, salad, pizza, steak, cake, pie, omelette, dessert, breakfast, risotto, sandwich, sauce,
            meal, pudding, lasagne, burger
        many: noodles, dumplings, pancakes, potatoes, mussels, vegetables, meatballs, cookies, starters
        good: delicious, tasty, fresh, crispy, tender, juicy, flavourful, mouthwatering, savoury, scrumptious, creamy,
            fragrant, succulent
        bad: bland, soggy, stale, greasy, tasteless, burnt, undercooked, rancid, watery, mushy, inedible, lukewarm,
            rubbery
        degree: sweet, spicy, salty, hot, rich, sour, garlicky, heavy
        did: ate, ordered, tried, had
        do: eat, order, try, have
        aspect: drink
        one: coffee, tea, wine, beer, juice, lemonade, cocktail, milkshake, cider
        many: drinks, wines, cocktails, smoothies
        good: refreshing, aromatic, smooth, fruity, velvety, invigorating, mellow, crisp
        bad: bitter, flat, stale, sour, diluted, undrinkable, vile, murky
        degree: strong, cold, sweet, fizzy, mild
        did: drank, ordered, sipped, had
        do: drink, order, sip, have
        aspect: staff
        one: waiter, chef, cook, waitress, bartender, owner, hostess, barista
        many: waiters, cooks, servers
        good: friendly, attentive, polite, helpful, cheerful, courteous, welcoming, efficient, gracious
        bad: rude, inattentive, grumpy, slow, unfriendly, careless, snobbish, forgetful, surly
        degree: talkative, formal, quick, familiar
        did: met, thanked, called
        do: meet, thank, call
        aspect: place
        one: restaurant, cafe, bakery, bistro, diner, terrace, dining room, pub, canteen
        many: tables, chairs, surroundings
        good: cosy, charming, inviting, spotless, elegant, pleasant, lovely, romantic
        bad: dirty, shabby, gloomy, stuffy, smelly, overpriced, grimy, filthy
        degree: small, warm, busy, dark, modern
        did: visited, chose, recommended
        do: visit, choose, recommend
        pleased: ordered a second helping, left a generous tip, came back the next day, asked for the recipe, cleaned
            the plate, complimented the chef, booked a table for next week, licked the spoon
        displeased: sent it back to the kitchen, left without a tip, lost all appetite, left half of it on the plate,
            swore never to return, went home hungry, felt sick all night, wrote an angry review
        where: at NAME, in the NAME restaurant, at the NAME cafe, by chef NAME
        neutral: sat by the window, read the menu, came at noon, paid by card, ordered at the counter, asked for the
            bill, shared a table, arrived at seven
        """;

    private const string Hotels = """
        domain: hotel
        aspect: lodging
        one: hotel, room, suite, hostel, cabin, apartment, resort, guesthouse, bungalow, cottage, inn
        many: rooms, cabins, suites, apartments
        good: comfortable, spacious, clean, cosy, luxurious, immaculate, sunny, peaceful, airy, homely, idyllic
        bad: dirty, cramped, noisy, damp, filthy, mouldy, dingy, draughty, rundown, stinking, uncomfortable
        degree: small, quiet, warm, remote, modern, bright, simple
        did: booked, rented, chose
        do: book, rent, choose
        aspect: equipment
        one: bed, shower, pool, balcony, mattress, bathroom, view, garden, breakfast buffet, sauna, lounge
        many: beds, towels, pillows, curtains, facilities
        good: soft, relaxing, splendid, spotless, beautiful, generous, pristine, inviting
        bad: broken, stained, rusty, lumpy, dusty, grubby, smelly, neglected
        degree: hard, large, cold, deep, old-fashioned
        did: used, inspected, tried
        do: use, inspect, try
        aspect: host
        one: receptionist, host, porter, manager, concierge, landlady, housekeeper
        many: hosts, cleaners, porters
        good: welcoming, friendly, obliging, courteous, hospitable, thoughtful, kind, attentive
        bad: rude, indifferent, hostile, unhelpful, impatient, surly, dishonest, lazy
        degree: chatty, strict, formal, reserved
        did: met, asked, called
        do: meet, ask, call
        pleased: stayed two more nights, slept like a child, booked again for next summer, recommended it to all
            relatives, left a thank-you note, extended the holiday, woke up refreshed every morning
        displeased: checked out early, slept badly, demanded another room, complained at the desk, asked for a refund,
            moved to another place, lay awake all night, found insects under the bed
        where: at the NAME, in the NAME hotel, near lake NAME, in the village of NAME
        neutral: arrived at noon, parked behind the house, carried the bags upstairs, signed the form, took the key,
            unpacked the suitcase, opened the window, asked for the password
        """;

    private const string Travel = """
        domain: travel
        aspect: journey
        one: flight, trip, cruise, tour, journey, excursion, drive, ferry crossing, hike, safari
        many: flights, tours, excursions, holidays
        good: smooth, scenic, exciting, enjoyable, pleasant, restful, breathtaking, safe, rewarding, carefree
        bad: exhausting, bumpy, stressful, miserable, chaotic, dangerous, tedious, gruelling, hectic, ruinous
        degree: long, slow, quiet, expensive, early, adventurous
        did: took, booked, made
        do: take, book, make
        aspect: vehicle
        one: train, bus, ferry, taxi, plane, carriage, rental car, cabin, ship, tram
        many: seats, trains, buses, cabins
        good: punctual, comfortable, clean, roomy, reliable, modern, gleaming, swift
        bad: late, crowded, dirty, cramped, unreliable, filthy, decrepit, stuffy
        degree: fast, small, old, cold, quiet
        did: took, boarded, used
        do: take, board, use
        aspect: crew
        one: guide, driver, pilot, conductor, captain, steward, tour leader
        many: guides, drivers, stewards
        good: knowledgeable, careful, friendly, patient, skilful, entertaining, reassuring, professional
        bad: reckless, rude, confused, impatient, incompetent, drunk, unhelpful, sullen
        degree: talkative, young, cautious, strict
        did: followed, thanked, met
        do: follow, thank, meet
        aspect: destination
        one: beach, island, museum, castle, market, harbour, old town, park, valley, monument
        many: beaches, gardens, ruins, streets
        good: picturesque, enchanting, gorgeous, unspoilt, fascinating, tranquil, majestic, lovely
        bad: polluted, overcrowded, ugly, desolate, dirty, overrated, dreary, grim
        degree: remote, hot, busy, windy, touristy
        did: visited, saw, explored
        do: visit, see, explore
        pleased: took hundreds of photos, planned the next trip at once, arrived in the best of moods, wanted to stay
            for ever, thanked the crew, sent happy postcards home, made friends on board
        displeased: missed the connection, arrived in tears, went home two days early, asked the agency for
            compensation, cursed the whole way, lost the luggage, spent the night on a bench
        where: to NAME, with NAME tours, along the coast of NAME, through the NAME valley
        neutral: packed two bags, changed at the border, bought a map, waited at gate six, showed the passport, sat near
            the door, left before sunrise, crossed the bridge
        """;
}
