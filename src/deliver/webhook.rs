//! A message to somebody: ours as signed JSON, or what Slack and Teams take.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::config::{Address, Shape, Webhook, When};
use crate::{
    history::Link,
    render::{json, text::clean},
    report::{Finding, Report, Verdict},
    store::{Failure, Patience, failpoint, http::Client},
};

/// Findings in a message.
const TOLD: usize = 50;
/// Findings in a chat.
const SHOWN: usize = 10;

/// What is told.
#[derive(Debug)]
pub struct News<'r> {
    /// The report.
    pub report: &'r Report,
    /// The cluster.
    pub cluster: &'r str,
    /// When.
    pub now: &'r str,
    /// The violations to tell of, the worst first.
    pub findings: Vec<&'r Finding>,
    /// They are new, and not only open.
    pub new: bool,
    /// The record of this run: kept by the receiver, it proves that no later one was cut off.
    pub record: Option<&'r Link>,
}

impl<'r> News<'r> {
    /// Puts the worst first.
    #[must_use]
    pub fn new(report: &'r Report, cluster: &'r str, now: &'r str, is_new: Option<&dyn Fn(&Finding) -> bool>) -> Self {
        let fails = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
        let mut findings: Vec<&Finding> = fails.filter(|finding| is_new.is_none_or(|is_new| is_new(finding))).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Self { report, cluster, now, findings, new: is_new.is_some(), record: None }
    }

    /// There is something to tell.
    #[must_use]
    pub fn wanted(&self, on: When) -> bool {
        match on {
            When::Always => true,
            When::Findings => !self.findings.is_empty() || self.report.gate.incomplete,
            When::New => !self.findings.is_empty(),
        }
    }

    fn title(&self) -> String {
        let word = if self.new { "new violations" } else { "open violations" };
        let counts = &self.report.counts;
        plain(&format!(
            "{}: {} {word}; {} fail, {} unknown, {} waived, {} pass",
            self.cluster,
            self.findings.len(),
            counts.fail,
            counts.unknown,
            counts.waived,
            counts.pass
        ))
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.findings.iter().take(SHOWN).map(|finding| {
            let severity = finding.severity.as_str();
            plain(&format!("{severity} {} {}: {}", finding.policy, finding.subject, finding.message))
        })
    }

    fn rest(&self) -> Option<String> {
        self.findings.len().checked_sub(SHOWN + 1).map(|rest| format!("and {} more", rest + 1))
    }

    /// The message in a shape.
    #[must_use]
    pub fn message(&self, shape: Shape) -> Value {
        match shape {
            Shape::Json => {
                let finding = |finding: &&Finding| {
                    json!({"policy": finding.policy, "severity": finding.severity.as_str(), "aspect": finding.aspect,
                        "subject": finding.subject, "path": finding.path, "message": finding.message,
                        "fingerprint": finding.fingerprint})
                };
                let shown: Vec<Value> = self.findings.iter().take(TOLD).map(finding).collect();
                json!({"format": 1, "event": if self.new { "new" } else { "run" }, "cluster": self.cluster,
                    "time": self.now, "tool": self.report.tool, "gate": self.report.gate, "counts": self.report.counts,
                    "record": self.record, "findings": shown, "findings_total": self.findings.len()})
            }
            Shape::Slack => {
                let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let mut text: String = self.lines().map(|line| format!("• {}\n", escape(&line))).collect();
                text.extend(self.rest());
                // Plain text has no bold, no link and no mention; a header takes 150 characters, a section 3000.
                let plain = |text: &str, limit: usize| json!({"type": "plain_text", "text": text.chars().take(limit).collect::<String>()});
                let title = escape(&self.title());
                let mut blocks = vec![json!({"type": "header", "text": plain(&title, 150)})];
                if !text.is_empty() {
                    blocks.push(json!({"type": "section", "text": plain(&text, 2900)}));
                }
                json!({"text": title, "mrkdwn": false, "blocks": blocks})
            }
            Shape::Teams => {
                let line = |text: &str, weight: &str| json!({"type": "TextBlock", "text": escape_markdown(text), "wrap": true, "weight": weight});
                let mut body = vec![line(&self.title(), "Bolder")];
                body.extend(self.lines().chain(self.rest()).map(|text| line(&text, "Default")));
                json!({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": null, "content": {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard", "version": "1.4", "body": body}}]})
            }
        }
    }
}

/// One line, without what a chat would obey, and of a length that it takes.
fn plain(text: &str) -> String {
    let text = clean(&text.replace(['\r', '\n', '\t'], " "));
    if text.chars().count() > 250 { text.chars().take(249).chain(['…']).collect() } else { text }
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if matches!(c, '*' | '_' | '[' | ']' | '(' | ')' | '~' | '`' | '#' | '<' | '>' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY`.
#[must_use]
pub fn signature(key: &[u8], seconds: i64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// Sends it.
///
/// # Errors
/// An address or key that cannot be read, a receiver that does not take it.
pub fn deliver(sink: &Webhook, news: &News<'_>, patience: Patience) -> Result<String, Failure> {
    let url = match &sink.url {
        Address::Open(url) => url.clone(),
        Address::Kept(secret) => secret.read()?.reveal().to_owned(),
    };
    let key = sink.key.as_ref().map(|key| key.read()).transpose()?;
    let client = Client::new(sink.ca.as_deref())?;
    // Texts of the cluster go on to logs and chats: escaped as in every report.
    let mut line = Vec::new();
    json::line(&news.message(sink.shape), &mut line).map_err(|error| Failure::firm(error.to_string()))?;
    let body = String::from_utf8_lossy(&line);
    let body = body.trim_end();
    let seconds = news.now.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).unwrap_or_default();
    let signed = key.map(|key| signature(key.reveal().as_bytes(), seconds, body.as_bytes()));
    // The same message has the same id: who gets it twice can tell.
    let id = crate::history::digest(format!("{}\0{}\0{body}", news.cluster, news.now).as_bytes());
    let mut headers = vec![("content-type", "application/json"), ("x-sextant-delivery", id.get(..32).unwrap_or(&id))];
    headers.extend(signed.as_ref().map(|signed| ("x-sextant-signature", signed.as_str())));
    failpoint("webhook-send");
    patience.insist(|left| client.send("POST", &url, &headers, body.as_bytes(), left)?.success(&url))?;
    failpoint("webhook-sent");
    Ok(format!("{} findings told to {}", news.findings.len(), crate::store::http::host(&url)))
}
