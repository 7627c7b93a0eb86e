"""What is told, the e-mails that carry it, addresses that refuse them, the words, and calls to other programs."""

from notifications.models.adresses import AdresseEnDefaut
from notifications.models.annonces import Annonce, Preference
from notifications.models.courriels import Courriel, message_id_of
from notifications.models.gabarits import Gabarit
from notifications.models.webhooks import Abonnement, Livraison

__all__ = ["Abonnement", "AdresseEnDefaut", "Annonce", "Courriel", "Gabarit", "Livraison", "Preference", "message_id_of"]
