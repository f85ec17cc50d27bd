"""The saved replies of the demo, for the staff of all its cities."""

from uuid import UUID, uuid5

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.models import SavedReply
from webapp.fleet.saved_replies.queries import replies_cache

#: The ids of the replies follow from it, so that the same demo has the same rows everywhere.
REPLY_NAMESPACE = UUID("6d1c7a52-2b0f-4b6e-8f57-6c1a4f0b9d31")
#: Queue, language, title, text.
REPLIES = (
    (ReplyQueue.REPORTS, "en", "Thank you, we look at it",
     "Hello {first_name}, thank you for telling us. Somebody looks at the {vehicle} today."),
    (ReplyQueue.REPORTS, "en", "Repaired",
     "Hello {first_name}, the {vehicle} is repaired and back on the street. Thank you!"),
    (ReplyQueue.REPORTS, "fr", "Merci, nous nous en occupons",
     "Bonjour {first_name}, merci. Nous nous occupons du véhicule aujourd’hui."),
    (ReplyQueue.REPORTS, "es", "Gracias, lo revisamos",
     "Hola {first_name}: gracias por avisarnos. Hoy revisamos el vehículo."),
    (ReplyQueue.DISPUTES, "en", "We give the difference back",
     "Hello {first_name}, you are right. The difference is in your wallet now."),
    (ReplyQueue.DISPUTES, "en", "The price is right",
     "Hello {first_name}, the ride ran until you ended it, so its price is right."),
    (ReplyQueue.DISPUTES, "fr", "Nous remboursons la différence",
     "Bonjour {first_name}, vous avez raison. La différence est dans votre porte-monnaie."),
    (ReplyQueue.DISPUTES, "es", "Devolvemos la diferencia",
     "Hola {first_name}: tienes razón. La diferencia está en tu monedero."),
)  # fmt: skip


def add_saved_replies() -> None:
    """Add the replies; those that are there already stay as they are."""
    rows = [
        {
            "id": uuid5(REPLY_NAMESPACE, f"{queue} {language} {title}"),
            "queue": queue.value,
            "language": language,
            "title": title,
            "text": text,
        }
        for queue, language, title, text in REPLIES
    ]
    execute_write(insert(SavedReply).values(rows).on_conflict_do_nothing(), idempotent=True)
    replies_cache().clear()
