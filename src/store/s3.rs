//! A bucket of an S3-compatible object store: signed requests, credentials from the environment.

use std::{path::PathBuf, time::Duration};

use rusty_s3::{
    Credentials, S3Action, UrlStyle,
    actions::{DeleteObject, GetObject, ListObjectsV2, PutObject},
};

use super::{
    Failure, Patience, Put, Store, failpoint,
    http::{Answer, Client},
    s3_error,
};

/// What the environment does not say, or is to be overruled.
#[derive(Clone, Debug, Default)]
pub struct BucketOptions {
    /// Address of the store; none: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, Amazon's own.
    pub endpoint: Option<String>,
    /// Region; none: `AWS_REGION`, `AWS_DEFAULT_REGION`, `us-east-1`.
    pub region: Option<String>,
    /// The bucket in the path instead of the host; none: where an endpoint is named.
    pub path_style: Option<bool>,
    /// Authorities to trust instead of the web's; none: `AWS_CA_BUNDLE`.
    pub ca: Option<PathBuf>,
    /// Server-side encryption: `AES256` or `aws:kms`.
    pub encryption: Option<String>,
}

/// A bucket and a prefix in it.
pub struct Bucket {
    client: Client,
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
    prefix: String,
    encryption: Option<String>,
    patience: Patience,
}

/// How long a signature is valid.
const VALID: Duration = Duration::from_secs(300);

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Bucket {
    /// Opens `s3://bucket/prefix`; asks nothing yet, but for a web identity.
    ///
    /// # Errors
    /// An address or credentials that are missing.
    pub fn open(place: &str, options: &BucketOptions, patience: Patience) -> Result<Self, Failure> {
        let rest = place.strip_prefix("s3://").unwrap_or(place);
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(Failure::firm(format!("{place}: write s3://bucket/prefix")));
        }
        let region = options.region.clone().or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".into());
        let named = options.endpoint.clone().or_else(|| env("AWS_ENDPOINT_URL_S3")).or_else(|| env("AWS_ENDPOINT_URL"));
        let path_style = options.path_style.unwrap_or(named.is_some());
        let endpoint = named.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let style = if path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let wrong = || Failure::firm(format!("{place}: the endpoint is no address"));
        let bucket =
            rusty_s3::Bucket::new(endpoint.parse().map_err(|_| wrong())?, style, name.to_owned(), region.clone())
                .map_err(|_| wrong())?;
        let ca = options.ca.clone().or_else(|| super::trust::named("AWS_CA_BUNDLE"));
        let client = Client::new(ca.as_deref())?;
        let credentials = credentials(&client, &region, patience)?;
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { client, bucket, credentials, prefix, encryption: options.encryption.clone(), patience })
    }

    /// An answer that is a success; else what its error code means, in our own words.
    fn good(&self, answer: Answer, url: &str) -> Result<Answer, Failure> {
        let why = s3_error::explained(&answer, self.bucket.name());
        answer.success(url).map_err(|failure| match why {
            Some((why, again)) => Failure { message: format!("{}: {why}", failure.message), again, ..failure },
            None => failure,
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    #[expect(clippy::disallowed_methods, reason = "a signature is valid for minutes of the real clock")]
    fn url<'a>(action: &impl S3Action<'a>) -> String {
        action.sign_with_time(VALID, &jiff::Timestamp::now()).to_string()
    }
}

impl Store for Bucket {
    fn put(&self, name: &str, bytes: &[u8], how: Put) -> Result<bool, Failure> {
        let key = self.key(name);
        let mut headers = Vec::new();
        if how == Put::New {
            headers.push(("if-none-match", "*"));
        }
        if let Some(encryption) = &self.encryption {
            headers.push(("x-amz-server-side-encryption", encryption.as_str()));
        }
        failpoint("s3-put");
        let mut tries = 0;
        let done = self.patience.insist(|left| {
            let mut action = PutObject::new(&self.bucket, Some(&self.credentials), &key);
            for (name, value) in &headers {
                action.headers_mut().insert(*name, *value);
            }
            let url = Self::url(&action);
            tries += 1;
            let answer = self.client.send("PUT", &url, &headers, bytes, left)?;
            if how == Put::New && answer.status == 412 {
                return Ok(false);
            }
            self.good(answer, &url).map(|_| true)
        })?;
        if !done && tries > 1 {
            // An earlier try may have come through although its answer did not.
            return Ok(self.get(name)?.is_some_and(|found| found == bytes));
        }
        failpoint("s3-done");
        Ok(done)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let key = self.key(name);
        self.patience.insist(|left| {
            let url = Self::url(&GetObject::new(&self.bucket, Some(&self.credentials), &key));
            let answer = self.client.send("GET", &url, &[], &[], left)?;
            if answer.status == 404 && s3_error::code(&answer.body) != Some("NoSuchBucket") {
                return Ok(None);
            }
            self.good(answer, &url).map(|answer| Some(answer.body))
        })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Failure> {
        let folder = folder.trim_end_matches('/');
        let under = if folder.is_empty() { self.prefix.clone() } else { format!("{}{folder}/", self.prefix) };
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = self.patience.insist(|left| {
                let mut action = ListObjectsV2::new(&self.bucket, Some(&self.credentials));
                action.with_prefix(under.as_str());
                if let Some(token) = &next {
                    action.with_continuation_token(token.as_str());
                }
                let url = Self::url(&action);
                let answer = self.good(self.client.send("GET", &url, &[], &[], left)?, &url)?;
                let wrong = || Failure::firm("the list of the bucket is not understood");
                let text = std::str::from_utf8(&answer.body).map_err(|_| wrong())?;
                ListObjectsV2::parse_response(text).map_err(|_| wrong())
            })?;
            found.extend(
                page.contents.into_iter().filter_map(|one| one.key.strip_prefix(&self.prefix).map(ToOwned::to_owned)),
            );
            next = page.next_continuation_token;
            if next.is_none() {
                found.sort();
                return Ok(found);
            }
        }
    }

    fn delete(&self, name: &str) -> Result<(), Failure> {
        let key = self.key(name);
        self.patience.insist(|left| {
            let url = Self::url(&DeleteObject::new(&self.bucket, Some(&self.credentials), &key));
            let answer = self.client.send("DELETE", &url, &[], &[], left)?;
            if answer.status == 404 { Ok(()) } else { self.good(answer, &url).map(|_| ()) }
        })
    }

    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket.name(), self.prefix.trim_end_matches('/'))
    }
}

/// Keys of the environment, or a pod's own identity exchanged for keys.
fn credentials(client: &Client, region: &str, patience: Patience) -> Result<Credentials, Failure> {
    if let (Some(key), Some(secret)) = (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) {
        return Ok(match env("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        });
    }
    let (Some(file), Some(role)) = (env("AWS_WEB_IDENTITY_TOKEN_FILE"), env("AWS_ROLE_ARN")) else {
        return Err(Failure::firm(
            "no credentials for the object store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
        ));
    };
    let token = super::secret::Secret::File(file.into()).read()?;
    let endpoint = env("AWS_ENDPOINT_URL_STS").or_else(|| env("AWS_ENDPOINT_URL"));
    let endpoint = endpoint.unwrap_or_else(|| format!("https://sts.{region}.amazonaws.com"));
    let body = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=sextant&RoleArn={}&WebIdentityToken={}",
        encoded(&role),
        encoded(token.reveal())
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = patience
        .insist(|left| client.send("POST", &endpoint, &headers, body.as_bytes(), left)?.success(&endpoint))
        .map_err(|failure| Failure { message: format!("web identity: {}", failure.message), ..failure })?;
    let text = String::from_utf8_lossy(&answer.body);
    let part = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.trim().to_owned())
    };
    match (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")) {
        (Some(key), Some(secret), Some(token)) => Ok(Credentials::new_with_token(key, secret, token)),
        _ => Err(Failure::firm("web identity: the answer holds no credentials")),
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
