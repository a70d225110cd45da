//! The guide's tables in `www/guide/`, written from the crate's.

use crate::run::{Outcome, read_text, root, write};
use cisco_support_case::error::{
    CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, RETRIED_BESIDES, RETRIED_FOR_TOKEN,
};
use std::path::PathBuf;

fn errors_page() -> PathBuf {
    root().join("www/guide/errors.md")
}

/// Writes the tables into the page. A page that is as it should be is left alone.
pub(crate) fn write_tables() -> Outcome {
    let page = read_text(&errors_page())?;
    let written = with_tables(&page)?;
    if written == page { Ok(()) } else { write(&errors_page(), written) }
}

/// The page with the tables as they are now.
fn with_tables(page: &str) -> Outcome<String> {
    let page = replaced(page, "service", &table(ERROR_TABLE, reaction))?;
    let page = replaced(&page, "gateway", &table(GATEWAY_ERRORS, reaction_to_gateway))?;
    replaced(&page, "own", &table(CLIENT_ERRORS, reaction))
}

/// A text with what stands between the marks of a name replaced.
fn replaced(text: &str, name: &str, by: &str) -> Outcome<String> {
    let (open, close) =
        (format!("<!-- {name}: written by `cargo xtask build` -->\n"), format!("<!-- end of {name} -->"));
    let parts = text.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once(&close)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("www/guide/errors.md has no marks for {name}"))?;
    Ok([before, &open, "\n", by, "\n", &close, after].concat())
}

fn table(rows: &[ErrorRow], reaction: fn(&ErrorRow) -> &'static str) -> String {
    let mut out = String::from(
        "| code | `kind` | what it means | what the client does | what you should do |\n|---|---|---|---|---|\n",
    );
    for row in rows {
        let status = if row.status > 0 { format!("{} ", row.status) } else { String::new() };
        let ErrorRow { code, kind, meaning, advice, .. } = row;
        let kind = kind.as_str();
        out.push_str(&format!("| {status}`{code}` | `{kind}` | {meaning} | {} | {advice} |\n", reaction(row)));
    }
    out
}

const RENEWS: &str =
    "With a token provider or credentials: gets a new token and asks once more. Fails at the second refusal.";

/// What the client does when a gateway answers with a row.
fn reaction_to_gateway(row: &ErrorRow) -> &'static str {
    match row.kind {
        ErrorKind::Authentication => RENEWS,
        ErrorKind::RateLimited => "Slows all its calls down; asks again where the gateway says so.",
        _ if row.retryable => "Asks again where the gateway says so.",
        _ => "Fails at once.",
    }
}

/// What the client does when it meets a row.
fn reaction(row: &ErrorRow) -> &'static str {
    if RETRIED_FOR_TOKEN.contains(&row.code) {
        return "Asks the token endpoint again, twice at most; then fails.";
    }
    if RETRIED_BESIDES.contains(&row.code) {
        return "Asks again: what broke on its way is whole the next time.";
    }
    match row.code {
        "LIST_NEVER_RESTS" => return "Reads the list up to 5 times, and its end up to 200 times each; then fails.",
        "INCOMPLETE" => return "Delivers everything else, lists what is missing in `failures`, and then throws.",
        "LIMIT_REACHED" => return "Reads no further.",
        _ => {}
    }
    match row.kind {
        ErrorKind::Authentication if row.status > 0 => RENEWS,
        ErrorKind::Authentication => "Fails all calls that wait for the token. The next call asks again.",
        ErrorKind::RateLimited => "Slows all its calls down, waits as long as the service says, and asks again.",
        ErrorKind::Quota => {
            "Fails at once; asks nothing more until the quota renews, or for a second and then ever longer where nobody says when."
        }
        ErrorKind::Timeout => "Ends the request and whatever it waited for.",
        ErrorKind::Aborted => "Ends the request and whatever it waited for. The signal's reason is the `cause`.",
        ErrorKind::Internal => "Rejects whatever is pending; later calls say so until `reset()`.",
        ErrorKind::InvalidRequest if row.status == 0 => "Sends nothing.",
        ErrorKind::InvalidRequest => "Fails at once; what its rules can tell beforehand it does not send.",
        _ if row.retryable => "Backs off and asks again.",
        _ => "Fails at once.",
    }
}

#[cfg(test)]
mod tests {
    use super::{ERROR_TABLE, errors_page, read_text, with_tables};

    #[test]
    fn the_page_about_errors_says_what_the_table_says() {
        let page = read_text(&errors_page()).unwrap();
        assert!(page == with_tables(&page).unwrap(), "`cargo xtask build` writes www/guide/errors.md");
        assert_eq!(ERROR_TABLE.len(), 38);
    }
}
