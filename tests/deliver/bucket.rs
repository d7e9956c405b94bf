//! A bucket in memory that answers as S3 does, and can be told to fail. What a real server says is
//! tested beside it, where there is one.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use crate::fake::http::{Request, Response, Server};

/// The bucket `audits`, path-style.
pub struct Bucket {
    server: Server,
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

/// An error document with the things in it that must never be repeated.
pub fn refusal(status: u16, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>leak-of-the-server</Message></Error>");
    Response::of(status, "application/xml", body)
}

impl Bucket {
    /// `fault` sees the number of a request, from 1, and may answer in the bucket's place.
    pub fn start(fault: impl Fn(usize, &Request) -> Option<Response> + Send + Sync + 'static) -> Self {
        let objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (held, log) = (objects.clone(), asked.clone());
        let handler = move |request: &Request| {
            let number = {
                let mut log = log.lock().unwrap();
                log.push(request.clone());
                log.len()
            };
            fault(number, request).unwrap_or_else(|| answer(&mut held.lock().unwrap(), request))
        };
        Self { server: Server::start(Arc::new(handler), None), objects, asked }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Every object by its key.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.objects.lock().unwrap().clone()
    }

    /// Every request: method and path.
    pub fn asked(&self) -> Vec<String> {
        let path = |one: &Request| format!("{} {}", one.method, one.target.split('?').next().unwrap_or_default());
        self.asked.lock().unwrap().iter().map(path).collect()
    }
}

fn answer(objects: &mut BTreeMap<String, Vec<u8>>, request: &Request) -> Response {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    if !query.contains("X-Amz-Signature=") {
        return refusal(403, "AccessDenied");
    }
    let Some(rest) = path.strip_prefix("/audits") else { return refusal(404, "NoSuchBucket") };
    let key = rest.trim_start_matches('/').to_owned();
    let empty = || Response::of(200, "application/xml", "");
    match request.method.as_str() {
        "PUT" if request.header("if-none-match") == "*" && objects.contains_key(&key) => {
            refusal(412, "PreconditionFailed")
        }
        "PUT" => {
            objects.insert(key, request.body.clone());
            empty()
        }
        "DELETE" => {
            objects.remove(&key);
            Response { status: 204, ..empty() }
        }
        "GET" if key.is_empty() => {
            let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
            let prefix = prefix.replace("%2F", "/");
            let mut list =
                "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated>"
                    .to_owned();
            for (key, bytes) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
                let _ = write!(
                    list,
                    "<Contents><Key>{key}</Key><ETag>\"0\"</ETag><Size>{}</Size>\
                     <LastModified>2026-11-23T12:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>",
                    bytes.len()
                );
            }
            Response::of(200, "application/xml", list + "</ListBucketResult>")
        }
        "GET" => match objects.get(&key) {
            Some(bytes) => Response::of(200, "application/octet-stream", bytes.clone()),
            None => refusal(404, "NoSuchKey"),
        },
        _ => refusal(405, "MethodNotAllowed"),
    }
}
