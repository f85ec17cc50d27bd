"""The kinds of audit events."""

from enum import StrEnum


class AuditKind(StrEnum):
    """What happened. The values are stored: a member may be renamed, its value may not change."""

    REGISTERED = "account.registered"
    SIGNED_IN = "account.signed_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    SIGN_IN_RATE_LIMITED = "account.sign_in_throttled"
    SIGNED_OUT = "account.signed_out"
    REAUTHENTICATED = "account.identity_shown"
    REAUTHENTICATION_FAILED = "account.proof_failed"
    SESSION_ENDED = "account.session_ended"
    EMAIL_CONFIRMED = "account.email_confirmed"
    EMAIL_CHANGE_ASKED = "account.email_change_asked"
    EMAIL_CHANGED = "account.email_changed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - not one
    RESET_ASKED = "account.reset_asked"
    PASSWORD_RESET = "account.password_reset"  # noqa: S105 - not one
    SECOND_FACTOR_ON = "account.second_factor_on"
    SECOND_FACTOR_OFF = "account.second_factor_off"
    SECOND_FACTOR_FAILED = "account.second_factor_failed"
    RECOVERY_CODES_MADE = "account.recovery_codes_made"
    RECOVERY_CODE_USED = "account.recovery_code_used"
    PASSKEY_ADDED = "account.passkey_added"
    PASSKEY_RENAMED = "account.passkey_renamed"
    PASSKEY_REMOVED = "account.passkey_removed"
    IDENTITY_LINKED = "account.identity_linked"
    IDENTITY_UNLINKED = "account.identity_unlinked"
    API_TOKEN_CREATED = "account.api_token_created"  # noqa: S105 - not one
    API_TOKEN_DELETED = "account.api_token_deleted"  # noqa: S105 - not one
    APP_ACCESS_GIVEN = "account.app_access_given"
    APP_ACCESS_ENDED = "account.app_access_ended"
    APP_SIGNED_OUT = "account.app_signed_out"
    #: An authorization code or a refresh token was used twice: somebody may have stolen it.
    APP_TOKEN_REUSED = "account.app_token_reused"  # noqa: S105 - not one
    DIGESTS_CHOSEN = "account.digests_chosen"
    TERMS_AGREED = "account.terms_agreed"
    AGE_CONFIRMED = "account.age_confirmed"
    PHONE_CODE_SENT = "account.phone_code_sent"
    PHONE_CONFIRMED = "account.phone_confirmed"
    PHONE_REMOVED = "account.phone_removed"
    UNSUBSCRIBED = "account.unsubscribed"
    PROFILE_SAVED = "account.profile_saved"
    PROFILE_PHOTO_SAVED = "account.profile_photo_saved"
    #: By the rider, or by staff for a reason.
    PROFILE_PHOTO_REMOVED = "account.profile_photo_removed"
    ROLE_GRANTED = "account.role_granted"
    ROLE_REVOKED = "account.role_revoked"
    ACCOUNT_CLOSED = "account.disabled"
    ACCOUNT_REOPENED = "account.enabled"
    #: What staff noted is in ``account_notes``.
    NOTE_ADDED = "account.note_added"
    DATA_EXPORT_REQUESTED = "account.data_export_requested"
    DATA_EXPORTED = "account.data_exported"
    DELETED = "account.deleted"
    ACCESS_DENIED = "access.denied"
    #: Staff have searched for riders; what they typed is not stored.
    PERSONS_SEARCHED = "riders.searched"
    TABLE_EXPORTED = "table.exported"
    #: An admin has looked at rows of a table of the database.
    TABLE_VIEWED = "table.viewed"
    EXPORT_SCHEDULED = "export.scheduled"
    EXPORT_UNSCHEDULED = "export.unscheduled"
    VEHICLE_ADDED = "vehicle.added"
    VEHICLE_CHANGED = "vehicle.changed"
    VEHICLE_REMOVED = "vehicle.removed"
    #: What staff did; ``action`` in the details says what.
    VEHICLE_ACTION = "vehicle.action"
    VEHICLE_ALERT_MUTED = "vehicle.alert_muted"
    ALERT_CHANGED = "fleet.alert_changed"
    #: Each of the vehicles has an event of its own, too.
    BULK_ACTION_STARTED = "vehicle.bulk_action"
    FLEET_IMPORTED = "fleet.imported"
    FEED_SUBSCRIBED = "feed.subscribed"
    FEED_REMOVED = "feed.removed"
    FEED_PAUSED = "feed.paused"
    FEED_RESUMED = "feed.resumed"
    FEED_RUN_REQUESTED = "feed.run_requested"
    RIDE_STARTED = "ride.started"
    RIDE_ENDED = "ride.ended"
    RIDE_PAUSED = "ride.paused"
    RIDE_RESUMED = "ride.resumed"
    RIDE_RATED = "ride.rated"
    RATING_WITHDRAWN = "ride.rating_withdrawn"
    #: Staff hid what a rider wrote about a ride from other riders.
    REMARK_HIDDEN = "ride.remark_hidden"
    #: Staff show it to riders again.
    REMARK_SHOWN = "ride.remark_shown"
    VEHICLE_RESERVED = "vehicle.reserved"
    RESERVATION_EXTENDED = "vehicle.reservation_extended"
    RESERVATION_CANCELLED = "vehicle.reservation_cancelled"
    CITY_OPENED = "city.opened"
    CITY_CHANGED = "city.changed"
    CITY_CLOSED = "city.closed"
    CITY_REOPENED = "city.reopened"
    CITY_ARCHIVED = "city.archived"
    CITY_FEATURES_CHANGED = "city.features_changed"
    VEHICLE_TYPE_ADDED = "fleet.vehicle_type_added"
    VEHICLE_TYPE_CHANGED = "fleet.vehicle_type_changed"
    #: Apps that may ask people for access to their accounts.
    APP_ADDED = "app.added"
    APP_CHANGED = "app.changed"
    APP_REMOVED = "app.removed"
    APP_SECRET_RENEWED = "app.secret_renewed"  # noqa: S105 - not one
    TEXT_PUBLISHED = "city.text_published"
    NOTICE_ADDED = "city.notice_added"
    NOTICE_CHANGED = "city.notice_changed"
    NOTICE_PUBLISHED = "city.notice_published"
    NOTICE_REMOVED = "city.notice_removed"
    COMMENT_HIDDEN = "comment.hidden"
    COMMENT_SHOWN = "comment.shown"
    PLAN_PUBLISHED = "fleet.plan_published"
    ZONES_IMPORTED = "fleet.zones_imported"
    ZONE_CHANGED = "fleet.zone_changed"
    SERVICE_TARGETS_CHANGED = "fleet.service_targets_changed"
    SAVED_REPLY_ADDED = "fleet.saved_reply_added"
    SAVED_REPLY_CHANGED = "fleet.saved_reply_changed"
    SAVED_REPLY_REMOVED = "fleet.saved_reply_removed"
    VEHICLE_OFFERED = "vehicle.offered"
    VEHICLE_OFFER_WITHDRAWN = "vehicle.offer_withdrawn"
    VEHICLE_OFFER_ACCEPTED = "vehicle.offer_accepted"
    VEHICLE_OFFER_DECLINED = "vehicle.offer_declined"
    RIDER_BLOCKED = "owner.rider_blocked"
    #: By the owner, or by staff for a reason.
    RIDER_UNBLOCKED = "owner.rider_unblocked"
    REVENUE_SHARE_SET = "owner.revenue_share_agreed"
    OWNER_PAID = "owner.paid"
    OWNER_PAYOUT_REVERSED = "owner.payout_reversed"
    REPORT_FILED = "report.filed"
    REPORT_WITHDRAWN = "report.withdrawn"
    REPORT_ASSIGNED = "report.assigned"
    REPORT_TAGGED = "report.tagged"
    REPORT_ANSWERED = "report.answered"
    TASK_ADDED = "task.added"
    TASK_ASSIGNED = "task.assigned"
    TASK_TAKEN = "task.taken"
    TASK_RELEASED = "task.released"
    TASK_STARTED = "task.started"
    TASK_DONE = "task.done"
    TASK_CANCELLED = "task.cancelled"
    TASK_RULE_CHANGED = "fleet.task_rule_changed"
    TASK_KIND_ADDED = "fleet.task_kind_added"
    TASK_KIND_REMOVED = "fleet.task_kind_removed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_ASSIGNED = "dispute.assigned"
    DISPUTE_ANSWERED = "dispute.answered"
    REFUNDED = "wallet.refunded"
    CREDIT_CHANGED = "wallet.credit_given"
    TOPPED_UP = "wallet.topped_up"
    PAID_OUT = "wallet.paid_out"
    TRIPS_IMPORTED = "ride.replayed"
    JOB_ADDED = "job.added"
    JOB_RETRIED = "job.retried"
    JOB_DISCARDED = "job.discarded"


#: Changes of settings, accounts and roles: their events have the values before and after
#: (webapp/audit/changes.py).
SETTING_KINDS = frozenset(
    {
        AuditKind.CITY_OPENED,
        AuditKind.CITY_CHANGED,
        AuditKind.CITY_CLOSED,
        AuditKind.CITY_REOPENED,
        AuditKind.CITY_ARCHIVED,
        AuditKind.CITY_FEATURES_CHANGED,
        AuditKind.VEHICLE_TYPE_ADDED,
        AuditKind.VEHICLE_TYPE_CHANGED,
        AuditKind.APP_ADDED,
        AuditKind.APP_CHANGED,
        AuditKind.APP_REMOVED,
        AuditKind.TEXT_PUBLISHED,
        AuditKind.NOTICE_ADDED,
        AuditKind.NOTICE_CHANGED,
        AuditKind.NOTICE_PUBLISHED,
        AuditKind.NOTICE_REMOVED,
        AuditKind.SERVICE_TARGETS_CHANGED,
        AuditKind.ALERT_CHANGED,
        AuditKind.VEHICLE_ALERT_MUTED,
        AuditKind.TASK_RULE_CHANGED,
        AuditKind.TASK_KIND_ADDED,
        AuditKind.TASK_KIND_REMOVED,
        AuditKind.SAVED_REPLY_ADDED,
        AuditKind.SAVED_REPLY_CHANGED,
        AuditKind.SAVED_REPLY_REMOVED,
        AuditKind.PLAN_PUBLISHED,
        AuditKind.REVENUE_SHARE_SET,
        AuditKind.ZONE_CHANGED,
        AuditKind.FEED_SUBSCRIBED,
        AuditKind.FEED_REMOVED,
        AuditKind.FEED_PAUSED,
        AuditKind.FEED_RESUMED,
        AuditKind.ROLE_GRANTED,
        AuditKind.ROLE_REVOKED,
        AuditKind.ACCOUNT_CLOSED,
        AuditKind.ACCOUNT_REOPENED,
    }
)

#: Kinds whose events may have them: those, and what is done to vehicles, reports,
#: disputes and tasks.
VALUE_KINDS = SETTING_KINDS | {
    AuditKind.VEHICLE_CHANGED,
    AuditKind.VEHICLE_ACTION,
    AuditKind.REPORT_ASSIGNED,
    AuditKind.REPORT_TAGGED,
    AuditKind.REPORT_ANSWERED,
    AuditKind.DISPUTE_ASSIGNED,
    AuditKind.COMMENT_HIDDEN,
    AuditKind.COMMENT_SHOWN,
    AuditKind.TASK_ASSIGNED,
    AuditKind.TASK_TAKEN,
    AuditKind.TASK_RELEASED,
    AuditKind.TASK_STARTED,
    AuditKind.TASK_DONE,
    AuditKind.TASK_CANCELLED,
}
