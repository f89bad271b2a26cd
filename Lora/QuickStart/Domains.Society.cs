namespace LoraCluster.QuickStart;

internal static partial class Domains
{
    private const string Service = """
        domain: service
        aspect: office
        one: bank, clinic, post office, garage, salon, pharmacy, agency, gym, library, insurance company, call centre
        many: opening hours, offices, services, fees
        good: reliable, efficient, trustworthy, well-run, accessible, affordable, fair, modern, dependable
        bad: inefficient, bureaucratic, chaotic, dubious, overpriced, unreliable, outrageous, disorganised, shady
        degree: busy, small, strict, formal, distant
        did: visited, chose, tried
        do: visit, choose, try
        aspect: clerk
        one: clerk, nurse, doctor, dentist, mechanic, hairdresser, adviser, trainer, lawyer, agent
        many: nurses, clerks, doctors, mechanics
        good: patient, competent, kind, professional, polite, thorough, caring, gentle, conscientious
        bad: rude, incompetent, impatient, careless, arrogant, cold, unprofessional, rough, negligent
        degree: young, cautious, direct, serious
        did: met, consulted, asked
        do: meet, consult, ask
        aspect: result
        one: advice, treatment, repair, haircut, offer, answer, appointment, solution, procedure, massage
        many: answers, results, explanations, prices
        good: helpful, effective, quick, painless, satisfying, sound, excellent, useful
        bad: useless, painful, slow, worthless, misleading, botched, harmful, expensive
        degree: short, detailed, simple, technical
        did: got, received, expected
        do: get, receive, expect
        pleased: thanked everyone warmly, sent flowers, recommended them to the neighbours, became a regular customer,
            left with a smile, solved the problem in an hour, renewed the contract
        displeased: complained to the manager, changed to a competitor, cancelled the contract, waited three hours for
            nothing, slammed the door, called a lawyer, left in anger
        where: at NAME, in the NAME office, of the NAME company, near NAME square
        neutral: filled in the form, took a number, sat in the waiting room, showed the card, wrote the address, came on
            tuesday, spoke at the counter, signed the paper
        """;

    private const string Courses = """
        domain: course
        aspect: course
        one: course, lecture, lesson, workshop, seminar, class, training, language course, talk, exam
        many: lessons, lectures, exercises, classes, seminars
        good: instructive, inspiring, interesting, stimulating, clear, valuable, practical, engaging, well-organised,
            rewarding
        bad: boring, confusing, useless, disorganised, tedious, pointless, chaotic, monotonous, frustrating, worthless
        degree: long, difficult, theoretical, short, easy, intensive
        did: took, attended, chose
        do: take, attend, choose
        aspect: teacher
        one: teacher, professor, lecturer, tutor, coach, instructor, speaker
        many: teachers, tutors, speakers
        good: encouraging, patient, enthusiastic, knowledgeable, fair, inspiring, witty, motivating
        bad: boring, unfair, impatient, unprepared, strict and cruel, ignorant, sarcastic, incomprehensible
        degree: strict, quiet, young, demanding
        did: heard, met, asked
        do: hear, meet, ask
        aspect: material
        one: textbook, handout, website, classroom, curriculum, homework, video, forum
        many: slides, notes, examples, tasks, recordings
        good: helpful, clear, well-structured, useful, up-to-date, illuminating, thorough, accessible
        bad: outdated, confusing, useless, sloppy, unclear, incomplete, messy, wrong
        degree: detailed, simple, extensive, technical
        did: used, read, studied
        do: use, read, study
        pleased: passed with top marks, enrolled in the next level, took pages of notes, learned more than ever, thanked
            the teacher, told all classmates, practised every evening with joy
        displeased: dropped out after a week, failed the exam, learned nothing, played with the phone, skipped the rest,
            asked for the fee back, dozed in the last row
        where: at the NAME academy, by professor NAME, in the NAME school, at the university of NAME
        neutral: sat at the back, brought a pen, wrote the date, met on thursday, joined by video, copied the board,
            opened the notebook, shared a desk
        """;

    private const string Sport = """
        domain: sport
        aspect: event
        one: match, game, race, tournament, final, marathon, season, first half, derby, contest
        many: matches, games, finals, races
        good: thrilling, exciting, dramatic, fair, spectacular, memorable, glorious, gripping, fantastic, rousing
        bad: dull, unfair, dreary, scrappy, disappointing, sluggish, shameful, ugly, one-sided, lifeless
        degree: long, rough, late, slow, noisy
        did: watched, saw, attended
        do: watch, see, attend
        aspect: player
        one: goalkeeper, striker, captain, referee, coach, team, defender, champion, runner
        many: players, defenders, fans, athletes
        good: brave, brilliant, disciplined, fast, determined, skilful, heroic, tireless, fair
        bad: clumsy, lazy, unfair, weak, cowardly, unfit, careless, hopeless, dirty
        degree: young, aggressive, cautious, ambitious, proud
        did: watched, cheered, followed
        do: watch, cheer, follow
        aspect: venue
        one: stadium, arena, pitch, track, changing room, club house, court, grandstand
        many: seats, stands, toilets, floodlights
        good: modern, clean, comfortable, impressive, safe, well-kept, magnificent, lively
        bad: muddy, dirty, run-down, dangerous, dilapidated, cold, miserable, neglected
        degree: small, windy, large, loud
        did: visited, entered, saw
        do: visit, enter, see
        pleased: cheered until the end, celebrated in the streets, bought a season ticket, hugged strangers, waved the
            scarf, sang the anthem, came home with a broad smile
        displeased: left before the final whistle, booed the team, threw the scarf away, sold the season ticket, cursed
            the referee, went home in silence, turned the television off
        where: at the NAME stadium, in the town of NAME, of the NAME club, in the NAME arena
        neutral: stood behind the goal, bought a scarf, came by train, checked the score, read the programme, queued at
            the gate, brought sandwiches, took the stairs
        """;
}
