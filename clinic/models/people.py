"""Users, what they are in which clinic, and patients."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from clinic.identity.actors import Role
from clinic.models.changes import Audience, Changeable, ChangeKind
from clinic.models.places import Diary, Resource
from clinic.models.tenant import TenantRow
from clinic.plain_text import initials_of, whole_name
from clinic.sentences import sentence as _

ROLE_CHOICES = [(role.value, role.value.title()) for role in Role]


class UserManager(BaseUserManager["User"]):
    """Django's hooks for making accounts."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in; what they may do is said by their memberships."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(TenantRow):
    """What one user is in one clinic; `practitioner` is their own diary's resource, if they have one."""

    care_path = None

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    practitioner = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )

    class Meta:
        constraints = [models.UniqueConstraint(name="membership_once_a_clinic", fields=["user", "clinic"])]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role}"


class MessageConsent(models.TextChoices):
    NOT_ASKED = "not_asked", _("Not asked")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class ConsentWay(models.TextChoices):
    """How a patient said whether they want messages."""

    AT_DESK = "at_desk", _("At the desk")
    ON_PAPER = "on_paper", _("On paper")
    BY_PHONE = "by_phone", _("By phone")
    BY_MAIL = "by_mail", _("By mail")
    IMPORTED = "imported", _("Brought over from another system")


class MailProblem(models.TextChoices):
    COMES_BACK = "comes_back", _("Mail to the address comes back.")
    IMPOSSIBLE = "impossible", _("The e-mail address cannot be right.")


class Patient(Changeable):
    """One who is treated; the desk tells two of the same name apart by date of birth."""

    care_path = "care"
    change_kind = ChangeKind.PATIENT

    # One name is a name: of the two either may be empty.
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    born_on = models.DateField(null=True, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164")
    language = models.CharField(max_length=10, default="en")
    zone = models.CharField(max_length=64, blank=True, help_text="If different from the site's.")
    intake_facts = models.JSONField(default=dict, blank=True)
    message_consent = models.CharField(
        max_length=10, choices=MessageConsent, default=MessageConsent.NOT_ASKED
    )
    consent_on = models.DateField(null=True, blank=True, help_text="When they said yes or no.")
    consent_how = models.CharField(max_length=10, choices=ConsentWay, blank=True, default="", db_default="")
    mail_problem = models.CharField(
        max_length=20, choices=MailProblem, blank=True, default="", help_text="Why mail does not reach them."
    )
    mail_server_said = models.CharField(
        max_length=200, blank=True, help_text="For the operator: the mail server's own words."
    )
    desk_note = models.TextField(blank=True)
    search_key = models.CharField(max_length=400, editable=False)
    diary = models.OneToOneField(Diary, on_delete=models.PROTECT, related_name="patient")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="patient_by_clinic_and_name", fields=["clinic", "family_name", "given_name"])
        ]

    def __str__(self) -> str:
        return whole_name(self.given_name, self.family_name)

    @property
    def audience(self) -> Audience:
        return Audience(diaries=(self.diary_id,), patient_id=self.pk)

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def initials(self) -> str:
        return initials_of(self.given_name, self.family_name)

    @property
    def listed_name(self) -> str:
        """As it stands in a list: “de Vries, Marit”."""
        return ", ".join(filter(None, (self.family_name, self.given_name)))


class Care(TenantRow):
    """This practitioner treats this patient: who has prescribed or serves in a session, past or to come.

    A practitioner who signs in sees their own patients, and these are they.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="care")
    practitioner = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="care")
    since_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="care_once_a_pair", fields=["patient", "practitioner"])]

    def __str__(self) -> str:
        return f"{self.practitioner_id} treats {self.patient_id}"


class PatientGram(TenantRow):
    """A short piece by which this patient is found: of a name, a phone number, an address, a day of birth.

    It follows from what is known of the patient, and `clinic/people/finding/index.py` alone writes it. So an
    export leaves it out; it goes when the patient is erased, and nothing else retains it.
    """

    care_path = "patient__care"

    # There are some fifty a patient: the one index by clinic is that of the search itself.
    clinic = models.ForeignKey("clinic.Clinic", on_delete=models.PROTECT, related_name="+", db_index=False)
    gram = models.CharField(max_length=32)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="grams")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="gram_once_a_patient", fields=["clinic", "gram", "patient"])
        ]

    def __str__(self) -> str:
        return f"{self.gram} of {self.patient_id}"
