//! Credentials inside of a text: in scripts, in values of charts, in connection strings, in files
//! that an object carries. Known by the word before them, or by their own look.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// Words after which a credential stands: at the end of a key, whatever stands before them.
const WORDS: &str = "passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_.-]?key|access[_.-]?key|secret[_.-]?key\
    |private[_.-]?key|account[_.-]?key|credentials?";

const SCHEME: &str = r"(?:bearer|basic|token|digest|negotiate)\s+";

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// One look that tells most texts apart: nothing below matches without one of these.
static HINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(&format!(r#"(?i)(?:{WORDS})["'\\]*\s*[:=\s]|PRIVATE KEY|authorization|"auth|-u\s*\S|--user|^\s*{SCHEME}"#))
});

/// `key: value`, `key=value`, `"key": "value"`, `--key value`, and a block of lines below `key: |`;
/// but not `image-of-a-token:v1`.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = r#"\\+"[^"\\]*\\+"|"(?:[^"\\]|\\.)*"?|'[^']*'?"#;
    let block = r"[|>][+-]?[ \t]*\n(?:[ \t]+[^\n]*\n?)*";
    let bare = r#"[^\s"',;&|)}\]\\]+"#;
    compiled(&format!(
        r#"(?i)((?:^|[^A-Za-z0-9])(?:[A-Za-z0-9_.-]*(?:{WORDS})|\\*"auth)(?:[ \t]*=[ \t]*|\\*["']\s*[:=]\s*|[ \t]*:[ \t]+)|--?[A-Za-z0-9-]*(?:{WORDS})\s+)({quoted}|{block}|{bare})"#
    ))
});

/// `Authorization: Bearer …`, in whatever quotes.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(&format!(r#"(?i)(authorization["'\\]*\s*(?:[:=]\s*["'\\]*\s*(?:{SCHEME})?|["'\\]*{SCHEME}))[^\s"'\\,;]+"#))
});

/// The value of such a header, alone.
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(&format!(r"(?i)(^\s*{SCHEME})\S+\s*$")));

/// `curl -u user:password`.
static ACCOUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r#"((?:^|\s)(?:-u\s*|--user(?:\s+|=))["']?[^\s:"']+:)[^\s"']+"#));

static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)")
});

/// The text without what is secret in it.
pub(super) fn without_credentials(text: &str) -> Cow<'_, str> {
    let plain = without_account(text);
    // A name, a number, a path: nothing to find.
    if plain.len() < 8 || !HINT.as_ref().is_none_or(|hint| hint.is_match(&plain)) {
        return plain;
    }
    let mut kept = plain.into_owned();
    let keep_first = |found: &Captures<'_>| found.get(1).map_or("", |first| first.as_str()).to_owned();
    let mut pass = |pattern: &LazyLock<Option<Regex>>, keep: &dyn Fn(&Captures<'_>) -> String| {
        let Some(pattern) = pattern.as_ref() else {
            // Never: the patterns are constants. Better no text than a secret in it.
            kept.clear();
            return;
        };
        if let Cow::Owned(new) = pattern.replace_all(&kept, |found: &Captures<'_>| keep(found)) {
            kept = new;
        }
    };
    pass(&KEY, &|_| String::new());
    pass(&HEADER, &keep_first);
    pass(&VALUE, &keep_first);
    pass(&ACCOUNT, &keep_first);
    pass(&PAIR, &keep_first);
    Cow::Owned(kept)
}

/// Addresses lose the account in them: `https://user:password@host/` becomes `https://@host/`.
pub(super) fn without_account(text: &str) -> Cow<'_, str> {
    // Digests of images have an @, but no scheme.
    if !text.contains('@') || !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'`<>,;|\\".contains(c)).unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        kept.push_str(before);
        kept.push_str("://");
        kept.push_str(authority.rfind('@').map_or(authority, |at| &authority[at..]));
        rest = tail;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_telling_word_goes() {
        for (text, kept) in [
            ("export DB_PASSWORD=hide; run", "export DB_PASSWORD=; run"),
            ("db:\n  password: hide\n  host: h\n", "db:\n  password: \n  host: h\n"),
            ("password: \"hi de\" # x", "password:  # x"),
            ("password: |\n  hide\n  more\nhost: h", "password: host: h"),
            (r#"{"auths":{"h":{"auth":"aGlkZQ=="}}}"#, r#"{"auths":{"h":{"auth":}}}"#),
            ("Server=s;User=u;Pwd=hide;X=1", "Server=s;User=u;Pwd=;X=1"),
            ("curl -H 'Authorization: Bearer hide' https://h/", "curl -H 'Authorization: Bearer ' https://h/"),
            ("proxy_set_header Authorization \"Basic hide\";", "proxy_set_header Authorization \"Basic \";"),
            ("Bearer hide-hide", "Bearer "),
            ("curl -u me:hide https://h/", "curl -u me: https://h/"),
            ("login --api-token hide --verbose", "login --api-token  --verbose"),
            ("-----BEGIN RSA PRIVATE KEY-----\nhide\n-----END RSA PRIVATE KEY-----\nrest", "\nrest"),
            ("-----BEGIN PRIVATE KEY-----\nhide", ""),
            (r#"{\"client_secret\": \"hide\"}"#, r#"{\"client_secret\": }"#),
        ] {
            assert_eq!(without_credentials(text), kept, "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_one_stays() {
        for text in [
            "registry:5000/app@sha256:ab",
            "ltbproject/self-service-password:1.5",
            "--authorization-mode=Node,RBAC",
            "--service-account-private-key-file=/etc/k",
            "--token-auth-file=/etc/t",
            "the token of the user is checked",
            "--default-ssl-certificate=ns/name",
            "secretName: web-tls",
            "automountServiceAccountToken must be false",
            "basic authentication is on",
            "-----BEGIN CERTIFICATE-----\nkept\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }

    #[test]
    fn addresses_lose_their_accounts_and_nothing_else() {
        for (text, kept) in [
            ("https://u:p@h:1/x@y", "https://@h:1/x@y"),
            ("https://token@h", "https://@h"),
            ("a=postgres://u:p@ss@h/d, b=amqp://u:p@i", "a=postgres://@h/d, b=amqp://@i"),
            ("https://h/a?mail=me@x.example", "https://h/a?mail=me@x.example"),
            ("registry:5000/app@sha256:ab", "registry:5000/app@sha256:ab"),
            ("://", "://"),
            ("me@x.example", "me@x.example"),
        ] {
            assert_eq!(without_account(text), kept);
        }
    }
}
