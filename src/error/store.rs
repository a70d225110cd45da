//! The errors that the store finds.

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{Decode, InvalidRequest, Unavailable};

/// The errors that the store finds, when it saves cases, reads saved ones, or follows a service. The codes are of this package.
///
/// ```
/// use cisco_support_case::error::STORE_ERRORS;
///
/// assert!(STORE_ERRORS.iter().all(|row| row.status == 0 && row.code.starts_with("STORE_")));
/// ```
#[rustfmt::skip]
pub static STORE_ERRORS: &[ErrorRow] = &[
    row(0, "STORE_CLOSED", &[], InvalidRequest, false,
        "The store was closed or destroyed.",
        "Reload the page.")
        .with_hint("Open the store again. If an effect's cleanup closes the store, open it in that effect: React's StrictMode runs both twice."),
    row(0, "STORE_DAMAGED", &[], Decode, false,
        "The saved cases are damaged or incomplete; none of them is used.",
        "No action is needed: the cases are loaded again, which takes a moment.")
        .with_hint("What was saved is erased at the next save. If this error is frequent, check what else writes to the database or the folder."),
    row(0, "STORE_NEWER_VERSION", &[], Unavailable, false,
        "A newer version of the portal saved the cases; this version cannot read them and does not change them.",
        "Reload the page to get the new version.")
        .with_hint("Another tab, or an earlier visit, has loaded a newer build of this package. Until the page is reloaded the store works in memory."),
    row(0, "STORE_HISTORY_INCOMPLETE", &[], InvalidRequest, false,
        "The store no longer knows all changes since this version.",
        "Reload the page.")
        .with_hint("Begin with the current cases (query) and follow the changes from the current version. The history has the last 10 000 changes."),
    row(0, "STORE_FULL", &[], InvalidRequest, false,
        "The store cannot hold more cases or texts.",
        "Choose fewer contracts or a shorter period.")
        .with_hint("A store holds at most 2^31 cases and 4 GiB, less where the runtime limits the memory of WebAssembly."),
    row(0, "STORE_DAMAGED_PAGE", &[], Decode, false,
        "A page that was to be applied is damaged.",
        "Try again; if the error persists, report it to the portal's operator.")
        .with_hint("The detail names the damaged part. Pages come from a client of the same version of this package."),
    row(0, "STORE_EXPORT_INTERRUPTED", &[], Unavailable, true,
        "The export has ended before its last case; what it has written is not complete.",
        "Export again.")
        .with_hint("Another tab has replaced or erased the cases meanwhile, or the stream was not read for five minutes while the store needed its memory."),
    // Those of saving and following, whose scripts a page loads later.
    row(0, "STORE_QUOTA_EXCEEDED", &[], Unavailable, false,
        "The browser or the disk has no space left for saved cases. The store continues in memory.",
        "You can continue to work; the cases are loaded again at the next visit. To avoid that, free some disk space.")
        .with_hint("navigator.storage.estimate() returns the quota and its usage. Follow fewer contracts or a shorter period, or open the store without persist."),
    row(0, "STORE_UNAVAILABLE", &[], Unavailable, false,
        "The cases cannot be saved here. The store continues in memory.",
        "You can continue to work; the cases are loaded again at the next visit.")
        .with_hint("cause is what the browser or the adapter threw. Private windows, blocked storage, a database that another tab keeps open and a damaged profile are the usual reasons."),
    row(0, "STORE_LOCKED", &[], Unavailable, true,
        "Another process or thread has opened the folder of the saved cases.",
        "Try again when it has ended.")
        .with_hint("One store at a time can open a scope of nodeFile({ folder }), of any process or thread. The file LOCK.json in the folder of the scope contains the process id."),
    row(0, "STORE_LEADER_CHANGED", &[], Unavailable, true,
        "Another tab has taken over saving the cases, so this tab did not save.",
        "No action is needed: the other tab saves the cases.")
        .with_hint("A tab that was frozen or did not respond loses its right to save. It reads what the other tab has saved."),
    row(0, "STORE_REFILL_LIMIT", &[], Unavailable, true,
        "The cases had to be loaded from the beginning several times within an hour; the store has stopped following.",
        "Try again later; if the error persists, report it to the portal's operator.")
        .with_hint("cause is the last reason for loading everything again, such as a rejected cursor or damaged saved cases."),
];
