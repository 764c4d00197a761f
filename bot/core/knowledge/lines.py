"""The bot's own sentences."""

from typing import Annotated

from pydantic import Field

from bot.core.knowledge.parts import File


class Lines(File):
    """knowledge/lines/<language>.yaml: the bot's own sentences. Placeholders in braces are filled in."""

    greeting: Annotated[str, Field(description="{school} {comparisons}")]
    menu: Annotated[str, Field(description="{school} {comparisons}")]
    introduction: Annotated[
        str, Field(description="{school} {comparisons}: once, below the answer to a first message that is a question")
    ]
    asked_for: Annotated[
        tuple[str, ...],
        Field(
            min_length=1,
            description="how learners ask for answers in this language, with and without a verb; "
            "one or two words count only if little else is said",
        ),
    ]
    switched: Annotated[str, Field(description="to who has asked for this language and for nothing else")]
    thanks: str
    goodbye: str
    stopped: str
    started: str
    erase_question: str
    erase_yes: Annotated[str, Field(max_length=20)]
    erase_no: Annotated[str, Field(max_length=20)]
    erased: Annotated[str, Field(description="{receipt}: a number that proves the erasure")]
    not_erased: str
    alright: Annotated[str, Field(description="after a plain no")]
    back_to_bot: str
    promise_open: Annotated[str, Field(description="staff are there now")]
    promise_closed: Annotated[str, Field(description="{opening}: when staff are back")]
    promise: Annotated[str, Field(description="opening hours are not known")]
    opening: Annotated[str, Field(description="{day} {time}")]
    today: str
    tomorrow: str
    weekdays: Annotated[tuple[str, ...], Field(min_length=7, max_length=7, description="Monday first")]
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12, description="January first")]
    as_of: Annotated[str, Field(description="{month} {year}: below an answer whose last review is long ago")]
    still_waiting: str
    ahead_one: Annotated[str, Field(description="one other learner waits for staff and came before")]
    ahead: Annotated[str, Field(description="{count}: how many others wait and came before")]
    way_back: Annotated[str, Field(description="how to go on without staff")]
    rating_question: Annotated[str, Field(description="after staff are done; the answer is a number from 1 to 5")]
    rated: Annotated[str, Field(description="after the number")]
    for_staff: Annotated[str, Field(description="{question}: a matter that only staff can answer")]
    not_held: Annotated[str, Field(description="{question}: nothing is known about this; what is known follows")]
    which: Annotated[str, Field(description="asks which of the choices was meant")]
    which_comparison: str
    not_understood: Annotated[str, Field(description="{comparisons}")]
    not_understood_again: str
    flood: Annotated[str, Field(description="once, to who writes so much that the bot stops answering for a while")]
    course: Annotated[str, Field(description="{course} {suits} {url}")]
    course_page: Annotated[
        str, Field(description="{course} {suits} {url}: the same when the course has no address of its own yet")
    ]
    courses: Annotated[str, Field(description="above the list of courses")]
    comparisons: Annotated[str, Field(description="above the list of comparisons")]
    person: Annotated[str, Field(max_length=20, description="button: talk to a person")]
    menu_button: Annotated[str, Field(max_length=20)]
    choose: Annotated[str, Field(min_length=1, max_length=20, description="button: opens a list of choices")]
    received: Annotated[dict[str, str], Field(description="by kind: image, audio, video, document, ...")]
    heard: Annotated[str, Field(description="{words}: above the answer to a voice note, what was heard in it")]
    reminder_when: Annotated[str, Field(description="to who wants to be reminded and has not said when")]
    reminder_days: Annotated[
        dict[int, Annotated[str, Field(min_length=1, max_length=20)]],
        Field(min_length=1, max_length=3, description="buttons: a number of days from 1, and what it is called"),
    ]
    reminder_set: Annotated[str, Field(description="{moment}: when the reminder comes")]
    reminder_too_far: Annotated[str, Field(description="{days}: at most so many days ahead")]
    reminder_too_many: Annotated[str, Field(description="{count}: so many wait already")]
    reminder_withdrawn: str
    reminder_none: Annotated[str, Field(description="no reminder waits that could be withdrawn")]
    reminder: Annotated[str, Field(description="{words}: the reminder itself, with the words that asked for it")]
    moment: Annotated[str, Field(description="{weekday} {day} {month} {time}")]
    finder_opened: Annotated[str, Field(description="{count}: at most so many questions of the path finder follow")]
    finder_continue: Annotated[str, Field(max_length=20)]
    finder_unsure: Annotated[str, Field(max_length=20)]
    finder_which: str
    finder_which_of: Annotated[str, Field(description="{topic}")]
    finder_again: str
    finder_left: str
    finder_back: str
    finder_fits: Annotated[str, Field(description="{side}")]
    finder_said: Annotated[str, Field(description="{words}")]
    finder_agreed: Annotated[str, Field(description="{words}")]
    finder_leaned: Annotated[str, Field(description="{side}")]
    finder_against: str
    finder_nothing_against: str
    finder_even: Annotated[str, Field(description="{sides}")]
    finder_nothing: str
    finder_for: Annotated[str, Field(description="{side}")]
    finder_further: Annotated[str, Field(description="{course}: another course for later")]
    finder_next_step: str
