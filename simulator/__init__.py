"""A seeded city with known truth: what happened, what each source told of it, and the messages it told it in.

    city = City.of(load_simulation("marseille"), seed=1)
    facts = simulate_day(city, date(2026, 5, 1))

Every day has a stream of chance of its own, so a day is the same alone and inside ten years. It is never real data.
"""
