//! The error tables of the guide in `www/guide/`, written from the crate's tables.

use crate::process::root;
use anyhow::{Context, Result};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, STORE_ERRORS};
use std::path::PathBuf;
use xshell::Shell;

fn errors_page() -> PathBuf {
    root().join("www/guide/errors.md")
}

/// Writes the tables into the page, unless it contains them.
pub(crate) fn write_tables(sh: &Shell) -> Result<()> {
    let page = sh.read_file(errors_page())?;
    let new = with_tables(&page)?;
    if new != page {
        sh.write_file(errors_page(), new)?;
    }
    Ok(())
}

/// The page with the current tables.
fn with_tables(page: &str) -> Result<String> {
    let written = |page: &str, name, table: String| replaced(page, name, "cargo xtask build", &table);
    let page = written(page, "service", table(ERROR_TABLE, reaction))?;
    let page = written(&page, "gateway", table(GATEWAY_ERRORS, reaction_to_gateway))?;
    let page = written(&page, "own", table(CLIENT_ERRORS, reaction))?;
    written(&page, "store", table(STORE_ERRORS, reaction_of_store))
}

/// A text in which the part between two marks is replaced. The marks contain a name, and the command that writes the part.
pub(crate) fn replaced(text: &str, name: &str, command: &str, by: &str) -> Result<String> {
    let (open, close) = (format!("<!-- {name}: written by `{command}` -->\n"), format!("<!-- end of {name} -->"));
    let parts = text.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once(&close)?.1)));
    let (before, after) =
        parts.with_context(|| format!("the marks `{}` and `{close}` of a table are missing", open.trim()))?;
    Ok([before, &open, "\n", by, "\n", &close, after].concat())
}

/// The tables as data: title, anchor of their heading in the guide, and rows.
pub(crate) fn tables_as_json() -> serde_json::Value {
    type Reaction = fn(&ErrorRow) -> &'static str;
    let tables: [(&str, &str, &[ErrorRow], Reaction); 4] = [
        ("Service errors", "service-errors", ERROR_TABLE, reaction),
        ("Gateway errors", "gateway-errors", GATEWAY_ERRORS, reaction_to_gateway),
        ("Client errors", "client-errors", CLIENT_ERRORS, reaction),
        ("Store errors", "store-errors", STORE_ERRORS, reaction_of_store),
    ];
    let row = |row: &ErrorRow, reaction: Reaction| {
        let ErrorRow { status, code, aliases, retryable, meaning, advice, hint, .. } = row;
        serde_json::json!({
            "status": status, "code": code, "aliases": aliases, "kind": row.kind.as_str(), "retryable": retryable,
            "meaning": meaning, "advice": advice, "hint": hint, "reaction": reaction(row),
        })
    };
    let tables = tables.map(|(title, anchor, rows, reaction)| {
        let rows: Vec<_> = rows.iter().map(|one| row(one, reaction)).collect();
        serde_json::json!({ "title": title, "anchor": anchor, "rows": rows })
    });
    tables.to_vec().into()
}

fn table(rows: &[ErrorRow], reaction: fn(&ErrorRow) -> &'static str) -> String {
    let mut out = String::from(
        "| code | `kind` | meaning | reaction of the client | `advice`, for users | `hint`, for developers |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let status = if row.status > 0 { format!("{} ", row.status) } else { String::new() };
        let ErrorRow { code, kind, meaning, advice, hint, .. } = row;
        let kind = kind.as_str();
        out.push_str(&format!("| {status}`{code}` | `{kind}` | {meaning} | {} | {advice} | {hint} |\n", reaction(row)));
    }
    out
}

const RENEWS: &str =
    "With a token provider or credentials: refreshes the token and retries once. Fails if the new token is rejected.";

/// The reaction of the client to a row in a gateway's response.
fn reaction_to_gateway(row: &ErrorRow) -> &'static str {
    match row.kind {
        ErrorKind::Authentication => RENEWS,
        ErrorKind::RateLimited => "Slows down all calls; retries if the gateway asks for it.",
        _ if row.retryable => "Retries if the gateway asks for it.",
        _ => "Fails immediately.",
    }
}

/// The reaction of the store to a row.
fn reaction_of_store(row: &ErrorRow) -> &'static str {
    match row.code {
        "STORE_DAMAGED" => "Opens empty, and fills again.",
        "STORE_NEWER_VERSION" => "Works in memory, and leaves the saved cases unchanged.",
        "STORE_QUOTA_EXCEEDED" | "STORE_UNAVAILABLE" => "Works in memory.",
        "STORE_LEADER_CHANGED" => "Reads what the other tab has saved.",
        "STORE_EXPORT_INTERRUPTED" => "Fails the stream.",
        "STORE_REFILL_LIMIT" => "Stops following, and keeps the cases that it has.",
        _ => "Fails immediately.",
    }
}

/// The reaction of the client to a row.
fn reaction(row: &ErrorRow) -> &'static str {
    match row.code {
        "INVALID_CLIENT" => return "Retries at the token endpoint, at most twice; then fails.",
        "ILLEGAL_JSON" => {
            return "Retries, since a response that was damaged in transit is usually complete the next time.";
        }
        "LIST_UNSTABLE" => {
            return "Reads the list up to 5 times, its end up to 200 times each, and at most 8 × N + 400 pages of a list that had N pages at first; then fails.";
        }
        "INCOMPLETE" => return "Delivers everything else, lists the missing parts in `failures`, and then throws.",
        "LOAD_FAILED" => return "Fails all calls that wait for the module. The next call loads it again.",
        "LIMIT_REACHED" => return "Stops reading.",
        "SIGN_IN_PAGE" => return RENEWS,
        _ => {}
    }
    match row.kind {
        ErrorKind::Authentication if row.status > 0 => RENEWS,
        ErrorKind::Authentication => "Fails all calls that wait for the token. The next call requests a token again.",
        ErrorKind::RateLimited => "Slows down all calls, waits as long as the service requests, and retries.",
        ErrorKind::Quota => {
            "Fails immediately; sends nothing until the quota renews, or, if no time is known, for a second and then increasingly longer."
        }
        ErrorKind::Timeout => "Ends the request and everything the call waited for.",
        ErrorKind::Aborted => {
            "Ends the request and everything the call waited for. The signal's reason is the `cause`."
        }
        ErrorKind::Internal => "Rejects all pending calls, and later ones until `reset()`.",
        ErrorKind::InvalidRequest if row.status == 0 => "Sends nothing.",
        ErrorKind::InvalidRequest => "Fails immediately; sends nothing if its own rules find the error first.",
        _ if row.retryable => "Retries with backoff.",
        _ => "Fails immediately.",
    }
}

#[cfg(test)]
mod tests {
    use super::{ERROR_TABLE, errors_page, root, with_tables};
    use std::collections::HashMap;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_page_about_errors_says_what_the_table_says() {
        let page = std::fs::read_to_string(errors_page()).unwrap();
        assert!(page == with_tables(&page).unwrap(), "`cargo xtask build` writes www/guide/errors.md");
        assert_eq!(ERROR_TABLE.len(), 38);
    }

    /// The pages of a folder and of the folders in it.
    fn pages(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let pages = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"));
        pages.chain(folders.iter().flat_map(|folder| super::tests::pages(folder))).collect()
    }

    /// The lines of a page outside of code blocks.
    fn prose(page: &str) -> Vec<&str> {
        let mut is_code = false;
        let lines = page.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        });
        lines.collect()
    }

    /// The anchors of a page's headings, as renderers of Markdown generate them.
    fn anchors(page: &str) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let headings = prose(page).into_iter().filter(|line| line.starts_with('#'));
        let anchors = headings.map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let allowed = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            let anchor: String = allowed.map(|c| if c == ' ' { '-' } else { c }).collect();
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        });
        anchors.collect()
    }

    /// The targets of a page's links.
    fn links(page: &str) -> Vec<&str> {
        let parts = prose(page).into_iter().flat_map(|line| line.split("](").skip(1));
        parts.filter_map(|part| part.split([')', ' ']).next()).collect()
    }

    /// The dead links of a page.
    fn dead_links(path: &Path) -> Vec<String> {
        let page = std::fs::read_to_string(path).unwrap();
        let is_dead = |link: &&str| {
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target_path = path.parent().unwrap().join(target);
            let target_page = if target.is_empty() { path } else { &target_path };
            let has_anchor = |anchor: &str| {
                anchors(&std::fs::read_to_string(target_page).unwrap()).iter().any(|known| known == anchor)
            };
            !target_page.exists() || !anchor.is_empty() && !has_anchor(anchor)
        };
        let own = links(&page).into_iter().filter(|link| !link.contains("://"));
        own.filter(is_dead).map(|link| format!("{}: {link}", path.display())).collect()
    }

    #[test]
    fn no_link_in_the_guide_or_the_readmes_is_dead() {
        let mut all = pages(&root().join("www/guide"));
        all.extend(["README.md", "www/worker/README.md"].map(|name| root().join(name)));
        assert!(all.len() > 10, "{all:?}");
        let dead: Vec<_> = all.iter().flat_map(|path| dead_links(path)).collect();
        assert!(dead.is_empty(), "{dead:#?}");
    }

    #[test]
    fn a_dead_link_is_found() {
        let folder = std::env::temp_dir().join(format!("links-{}", std::process::id()));
        let page = folder.join("page.md");
        let text =
            "# One\n## One\n[a](#one-1) [b](page.md#one) [c](https://x.invalid/#y) `[d](#no)`\n```\n[e](#no)\n```\n";
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&page, format!("{text}[f](#two) [g](other.md)")).unwrap();
        let dead = dead_links(&page);
        std::fs::remove_dir_all(&folder).unwrap();
        let ends: Vec<_> = dead.iter().map(|line| line.rsplit(": ").next().unwrap()).collect();
        assert_eq!(ends, ["#no", "#two", "other.md"]);
    }
}
