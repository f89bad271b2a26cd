namespace LoraCluster.QuickStart;

internal static partial class Domains
{
    private const string Films = """
        domain: film
        aspect: film
        one: film, movie, comedy, thriller, drama, documentary, western, remake, sequel, cartoon, romance, mystery,
            musical, adventure, biopic
        many: films, movies, comedies, thrillers, episodes
        good: moving, gripping, funny, clever, original, thrilling, touching, witty, inventive, hilarious, poignant,
            stunning, absorbing, thoughtful, daring
        bad: boring, dull, predictable, silly, shallow, tedious, clumsy, stale, pointless, lifeless, pretentious,
            confusing, trite, plodding, lazy
        degree: long, loud, serious, slow, dark, strange, violent, sentimental
        did: watched, saw, streamed
        do: watch, see, stream
        aspect: story
        one: plot, story, script, ending, dialogue, premise, opening scene, final act, twist, screenplay
        many: jokes, scenes, dialogues, characters, twists, chases
        good: intelligent, believable, surprising, sharp, tender, suspenseful, coherent, imaginative, elegant,
            convincing
        bad: implausible, ridiculous, contrived, incoherent, flat, muddled, laughable, hollow, cheap, unconvincing
        degree: complicated, simple, sad, short, ambitious
        did: followed, discussed, remembered
        do: follow, discuss, remember
        aspect: cast
        one: lead actor, actress, director, cast, villain, hero, narrator, composer
        many: actors, performances, stunt artists, supporting actors
        good: talented, charismatic, brilliant, magnetic, graceful, skilled, expressive, gifted
        bad: wooden, untalented, stiff, irritating, miscast, amateurish, hammy, forgettable
        degree: young, restrained, theatrical, quiet
        did: watched, noticed
        do: watch, notice
        pleased: stayed for the credits, bought tickets for a second showing, talked about it all night, clapped at the
            end, told every friend to see it, watched it again, laughed until it hurt, wiped away a happy tear
        displeased: left after half an hour, fell asleep, walked out early, asked for the money back, switched it off,
            looked at the clock, yawned all evening, warned every friend against it
        where: at the NAME cinema, by the director NAME, with the actor NAME, from the NAME studio
        neutral: sat in the third row, bought popcorn, took the tram to the cinema, read the poster, waited in the
            foyer, found the seats, turned off the phone, carried the coats
        """;

    private const string Books = """
        domain: book
        aspect: book
        one: book, novel, biography, memoir, textbook, anthology, diary, paperback, epic, fable, essay, saga
        many: books, novels, poems, stories, essays, letters
        good: engrossing, wise, insightful, readable, enlightening, lyrical, vivid, profound, compelling, enchanting,
            fascinating, erudite
        bad: unreadable, dreary, wordy, superficial, banal, monotonous, turgid, derivative, tiresome, sloppy, bloated,
            dry
        degree: long, heavy, detailed, technical, old-fashioned, philosophical
        did: read, finished, borrowed
        do: read, finish, borrow
        aspect: writing
        one: style, prose, first chapter, last chapter, argument, translation, narration, vocabulary, tone
        many: descriptions, chapters, illustrations, sentences, metaphors, footnotes
        good: lucid, precise, beautiful, fluent, careful, fresh, colourful, persuasive
        bad: awkward, pompous, careless, bland, obscure, repetitive, ugly, sluggish
        degree: dense, plain, playful, brief
        did: studied, quoted
        do: study, quote
        aspect: author
        one: author, writer, poet, editor, translator, storyteller, historian
        many: authors, writers, editors
        good: perceptive, learned, honest, humorous, masterly, sensitive, scholarly
        bad: arrogant, ignorant, biased, humourless, clueless, long-winded, dishonest
        degree: modest, cautious, direct, productive
        did: met, heard, cited
        do: meet, hear, cite
        pleased: read it in one night, gave copies to all friends, bought the next volume at once, could hardly wait for
            the sequel, kept it beside the bed, underlined half of it, joined the author's reading
        displeased: gave up after ten pages, threw it into the bin, returned it to the library unread, skipped whole
            chapters, sold it the same week, closed it with a sigh, used it as a doorstop
        where: by NAME, from the publisher NAME, in the NAME series, about the town of NAME
        neutral: took it on the train, opened it on sunday, found it on a shelf, turned the pages, copied the title,
            wrapped it in paper, noted the date, sat in the armchair
        """;

    private const string Music = """
        domain: music
        aspect: performance
        one: concert, show, opera, recital, gig, symphony, performance, rehearsal, festival, ballet
        many: concerts, shows, encores, songs, duets
        good: electrifying, uplifting, magical, lively, joyful, spectacular, passionate, unforgettable, rousing, sublime
        bad: dreary, uninspired, chaotic, listless, grating, mechanical, feeble, soulless, sleepy, shambolic
        degree: loud, long, quiet, slow, traditional, experimental
        did: attended, heard, saw
        do: attend, hear, see
        aspect: recording
        one: album, song, melody, record, tune, chorus, single, soundtrack, rhythm
        many: lyrics, melodies, tracks, ballads, harmonies
        good: catchy, soothing, melodious, haunting, polished, rich, infectious, delicate
        bad: tuneless, shrill, bland, monotonous, whiny, noisy, forgettable, clumsy
        degree: soft, fast, repetitive, melancholy, bright
        did: played, bought, heard
        do: play, buy, hear
        aspect: artist
        one: singer, pianist, band, choir, orchestra, drummer, conductor, violinist, guitarist
        many: singers, dancers, musicians, soloists
        good: virtuoso, inspired, confident, energetic, masterful, soulful, disciplined, radiant
        bad: untuned, nervous, lethargic, clumsy, unprepared, bored, hoarse, sloppy
        degree: young, shy, wild, emotional
        did: heard, booked
        do: hear, book
        pleased: danced until midnight, sang all the way home, shouted for another encore, bought the record at once,
            gave a standing ovation, hummed the tune for days, booked seats for the next tour
        displeased: covered both ears, left before the interval, booed loudly, went home with a headache, demanded a
            refund, waited only for the end, turned the volume down
        where: at the NAME hall, by NAME and the band, from the NAME label, in the NAME theatre
        neutral: stood near the stage, checked the tickets, read the programme, came by bus, hung up the coats, met in
            the lobby, looked for row nine, drank a glass of water
        """;
}
