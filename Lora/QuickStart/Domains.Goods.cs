namespace LoraCluster.QuickStart;

internal static partial class Domains
{
    private const string Devices = """
        domain: device
        aspect: device
        one: phone, laptop, camera, printer, tablet, vacuum cleaner, kettle, watch, drill, mixer, toaster, fridge,
            monitor, scooter, router
        many: headphones, speakers, batteries, binoculars
        good: reliable, sturdy, fast, handy, durable, powerful, sleek, efficient, robust, ingenious, flawless
        bad: faulty, flimsy, unreliable, defective, fragile, useless, outdated, sluggish, shoddy, broken, unusable
        degree: heavy, small, loud, simple, bright, light
        did: bought, used, tested, ordered
        do: buy, use, test, order
        aspect: part
        one: screen, battery, keyboard, lens, handle, manual, display, charger, motor, software, menu
        many: buttons, cables, settings, instructions, updates
        good: sharp, responsive, clear, precise, solid, intuitive, dependable, well-made
        bad: scratched, unresponsive, blurry, buggy, cracked, wobbly, cryptic, worthless
        degree: thin, large, soft, complicated, sensitive
        did: checked, examined, tested
        do: check, examine, test
        aspect: support
        one: seller, technician, hotline, repair service, retailer, warranty, courier
        many: technicians, sellers, engineers
        good: competent, quick, obliging, trustworthy, generous, prompt, honest, supportive
        bad: incompetent, unreachable, evasive, dishonest, slow, rude, clueless, stubborn
        degree: strict, formal, distant, technical
        did: called, contacted, asked
        do: call, contact, ask
        pleased: bought another one for the office, used it every day, gave it five stars, kept it for years, showed it
            to all colleagues, threw the old one away, saved hours of work
        displeased: returned it within a week, demanded a refund, threw it away, gave it one star, went back to the old
            one, needed three repairs, lost a whole day of work
        where: from NAME, made by NAME, of the NAME company, from the NAME shop
        neutral: opened the box, read the manual, charged it over night, placed it on the desk, compared two models,
            kept the receipt, plugged in the cable, wrote down the number
        """;

    private const string Clothes = """
        domain: clothing
        aspect: garment
        one: jacket, dress, coat, shirt, sweater, scarf, skirt, suit, hat, blouse, raincoat, cardigan
        many: shoes, boots, trousers, gloves, jeans, socks, sandals
        good: stylish, comfortable, elegant, flattering, well-made, warm, graceful, durable, chic, gorgeous
        bad: itchy, shapeless, ugly, scratchy, tattered, faded, unflattering, hideous, torn, ragged
        degree: tight, long, bright, thick, wide, plain, colourful
        did: bought, wore, tried, ordered
        do: buy, wear, try, order
        aspect: quality
        one: fabric, zip, lining, stitching, colour, cut, pattern, collar, leather, wool
        many: seams, buttons, pockets, sleeves
        good: soft, sturdy, neat, fine, smooth, lasting, perfect, silky
        bad: coarse, crooked, flimsy, loose, sloppy, poor, rough, frayed
        degree: thin, shiny, stiff, narrow
        did: checked, examined, felt
        do: check, examine, feel
        aspect: shop
        one: shop, tailor, boutique, saleswoman, shop assistant, department store, cashier
        many: assistants, prices, discounts
        good: helpful, fair, friendly, attractive, obliging, pleasant, patient, tasteful
        bad: unhelpful, pushy, rude, unfair, chaotic, outrageous, arrogant, tasteless
        degree: busy, small, fancy, modern
        did: visited, noticed, recommended
        do: visit, notice, recommend
        pleased: wore it every weekend, bought it in three colours, got compliments all evening, kept it for years,
            ordered a second one, smiled at the mirror, recommended the shop
        displeased: sent it back at once, gave it to charity, never wore it again, demanded the money back, found holes
            after one wash, complained to the manager, used it as a rag
        where: by NAME, from the NAME boutique, of the NAME label, at NAME and sons
        neutral: tried on two sizes, looked at the label, paid in cash, hung it in the wardrobe, took the lift to the
            second floor, carried the bag home, measured the sleeve, folded it
        """;

    private const string Homes = """
        domain: home
        aspect: furniture
        one: sofa, lamp, table, wardrobe, carpet, desk, armchair, bookshelf, mirror, cupboard, stove, bench
        many: chairs, shelves, curtains, cushions, lamps
        good: handsome, solid, comfortable, practical, beautiful, sturdy, tasteful, cosy, useful, timeless
        bad: wobbly, ugly, uncomfortable, impractical, crooked, cheap, hideous, rickety, worthless, tacky
        degree: large, soft, low, heavy, dark, modern
        did: bought, ordered, assembled
        do: buy, order, assemble
        aspect: dwelling
        one: house, flat, kitchen, garden, attic, cellar, neighbourhood, street, balcony, garage
        many: neighbours, rooms, stairs, windows
        good: peaceful, sunny, bright, friendly, pretty, spacious, safe, delightful
        bad: noisy, damp, gloomy, cramped, shabby, dangerous, dismal, nasty
        degree: big, quiet, narrow, expensive, remote
        did: visited, rented, saw
        do: visit, rent, see
        aspect: craft
        one: plumber, painter, carpenter, builder, electrician, gardener, landlord, architect
        many: painters, builders, craftsmen
        good: skilled, tidy, punctual, honest, diligent, reliable, careful, thorough
        bad: sloppy, unpunctual, careless, greedy, incompetent, lazy, unreliable, messy
        degree: slow, cautious, proud, talkative
        did: hired, called, paid
        do: hire, call, pay
        pleased: moved in with joy, invited all the neighbours, sat there every evening, signed the contract at once,
            paid the bill gladly, hired the same people again, felt at home from the first day
        displeased: moved out after a month, refused to pay, called a lawyer, had to do it all again, took it to the
            dump, regretted the contract, lived among boxes for weeks
        where: in NAME street, by NAME and daughters, in the NAME quarter, from the NAME workshop
        neutral: measured the wall, carried boxes upstairs, painted the door, watered the plants, swept the floor,
            looked for the keys, drew a plan, changed the bulb
        """;
}
