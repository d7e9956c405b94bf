//! A small HTTP/1.1 server over loopback, with or without TLS, that can misbehave.
//!
//! Written by hand because the faults are the point: a cut chunk, a body that never ends, a
//! connection that says nothing.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path with query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

/// One response, and how it is sent.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Whole,
    /// Half of the body in a chunk that is never finished, then the end.
    Cut,
    /// Nothing, until the client goes.
    Silent,
    /// A byte at a time.
    Drip,
    /// The connection ends, and nobody listens any more.
    Leave,
    /// The connection ends, and new ones meet another certificate.
    Recertify,
    /// The connection ends, and new ones are spoken to without TLS.
    Undress,
}

impl Response {
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of(status, "application/json", body)
    }
    pub fn of(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), manner: Manner::Whole }
    }
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// What answers.
pub type Handler = dyn Fn(&Request) -> Response + Send + Sync;

/// A server, until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    door: Arc<Door>,
}

/// What new connections meet.
struct Door {
    address: SocketAddr,
    over: AtomicBool,
    closed: AtomicBool,
    tls: Mutex<Option<Arc<rustls::ServerConfig>>>,
}

impl Door {
    /// Nobody listens any more when this returns.
    fn close(&self) {
        self.over.store(true, Ordering::SeqCst);
        while !self.closed.load(Ordering::SeqCst) {
            let _ = TcpStream::connect(self.address);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Server {
    pub fn start(handler: Arc<Handler>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (over, closed) = (AtomicBool::new(false), AtomicBool::new(false));
        let door = Arc::new(Door { address, over, closed, tls: Mutex::new(tls) });
        let keeper = door.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if keeper.over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (handler, door) = (handler.clone(), keeper.clone());
                std::thread::spawn(move || {
                    let _ = stream.set_nodelay(true);
                    let tls = door.tls.lock().unwrap().clone();
                    let _ = match tls {
                        None => serve(stream, &*handler, &door),
                        Some(config) => rustls::ServerConnection::new(config)
                            .map_err(io::Error::other)
                            .and_then(|session| serve(rustls::StreamOwned::new(session, stream), &*handler, &door)),
                    };
                });
            }
            drop(listener);
            keeper.closed.store(true, Ordering::SeqCst);
        });
        Self { address, door }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.door.close();
    }
}

fn serve(stream: impl Read + Write, handler: &Handler, door: &Door) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(16 << 10, stream);
    while !door.over.load(Ordering::SeqCst) {
        let request = match read(&mut stream) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            // As every server answers what is no HTTP.
            Err(_) => return stream.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        };
        let response = handler(&request);
        match response.manner {
            Manner::Leave => door.close(),
            Manner::Recertify => *door.tls.lock().unwrap() = Some(super::stranger()),
            Manner::Undress => *door.tls.lock().unwrap() = None,
            _ => {}
        }
        if matches!(response.manner, Manner::Leave | Manner::Recertify | Manner::Undress) {
            return Ok(());
        }
        if !write(stream.get_mut(), &response)? {
            return Ok(());
        }
    }
    Ok(())
}

fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::Error::other("no request"));
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    let mut request = Request { method, target, headers, body: Vec::new() };
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body = vec![0; length];
    stream.read_exact(&mut request.body)?;
    Ok(Some(request))
}

/// Whether the connection stays open.
fn write(stream: &mut impl Write, response: &Response) -> io::Result<bool> {
    if response.manner == Manner::Silent {
        std::thread::sleep(Duration::from_secs(20));
        return Ok(false);
    }
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, "Status");
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match response.manner {
        Manner::Cut => {
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes())?;
            let half = &response.body[..response.body.len() / 2];
            stream.write_all(format!("{:x}\r\n", response.body.len()).as_bytes())?;
            stream.write_all(half)?;
            stream.flush()?;
            Ok(false)
        }
        Manner::Drip => {
            head.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
            stream.write_all(head.as_bytes())?;
            for byte in &response.body {
                stream.write_all(&[*byte])?;
                stream.flush()?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(true)
        }
        _ => {
            head.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
            let mut whole = head.into_bytes();
            if response.body.len() < 8 << 10 {
                whole.extend_from_slice(&response.body);
                stream.write_all(&whole)?;
            } else {
                stream.write_all(&whole)?;
                stream.write_all(&response.body)?;
            }
            stream.flush()?;
            Ok(true)
        }
    }
}
