//! What an object store's error codes mean to whom sextant delivers for. Only codes that stand here are
//! told: the rest of an answer may hold anything.

use super::http::Answer;

/// The code of an error document, if it is one of the codes below.
pub(super) fn code(body: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(body.get(..body.len().min(16 << 10))?).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (said, _) = rest.split_once("</Code>")?;
    MEANINGS.iter().map(|(code, _, _)| *code).find(|code| *code == said.trim())
}

/// Code, meaning, and whether another try may help.
const MEANINGS: [(&str, &str, bool); 17] = [
    ("AccessDenied", "these credentials may not do that there", false),
    ("AllAccessDisabled", "the bucket is locked", false),
    ("AuthorizationHeaderMalformed", "the bucket is in another region: name it by region or AWS_REGION", false),
    ("AuthorizationQueryParametersError", "the bucket is in another region: name it by region or AWS_REGION", false),
    ("EntityTooLarge", "the store takes no object of that size", false),
    ("ExpiredToken", "the credentials have expired", false),
    ("InvalidAccessKeyId", "the store does not know this access key", false),
    ("InvalidToken", "the session token is not valid", false),
    ("MethodNotAllowed", "the bucket does not allow that: is an object locked or versioned?", false),
    ("NoSuchBucket", "there is no such bucket", false),
    ("NotImplemented", "the store cannot do that (a write on condition that the name is free?)", false),
    ("PermanentRedirect", "the bucket is at another endpoint: name it by endpoint or region", false),
    ("QuotaExceeded", "the quota of the bucket is used up", false),
    ("RequestTimeTooSkewed", "the clocks of this machine and of the store are too far apart", false),
    ("SignatureDoesNotMatch", "the signature does not match: wrong secret key, or a proxy changes requests", false),
    ("SlowDown", "the store asks to go slower", true),
    ("TemporaryRedirect", "the bucket is being moved: name its endpoint or region", false),
];

/// What an answer that is no success means.
pub(super) fn explained(answer: &Answer, bucket: &str) -> Option<(String, bool)> {
    if (200..300).contains(&answer.status) {
        return None;
    }
    let code = code(&answer.body);
    match MEANINGS.iter().find(|(known, _, _)| Some(*known) == code) {
        Some(("NoSuchBucket", _, again)) => Some((format!("there is no bucket {bucket}"), *again)),
        Some((_, meaning, again)) => Some(((*meaning).to_owned(), *again)),
        None if matches!(answer.status, 301 | 302 | 303 | 307 | 308) => {
            Some(("the bucket is at another endpoint: name it by endpoint or region".into(), false))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_codes_are_told() {
        let answer = |status: u16, code: &str| Answer {
            status,
            total: None,
            body: format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>token=s3cr3t</Message></Error>")
                .into(),
            wait: None,
        };
        let (why, again) = explained(&answer(404, "NoSuchBucket"), "audits").unwrap();
        assert_eq!((why.as_str(), again), ("there is no bucket audits", false));
        assert!(explained(&answer(503, "SlowDown"), "audits").unwrap().1);
        assert_eq!(explained(&answer(403, "s3cr3t"), "audits"), None);
        assert!(explained(&answer(307, "s3cr3t"), "audits").unwrap().0.contains("another endpoint"));
        assert_eq!(explained(&answer(200, "AccessDenied"), "audits"), None);
    }
}
