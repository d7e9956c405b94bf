//! A token server, as the distribution registry wants one: accounts by HTTP Basic, permissions in
//! signed JWTs (`docs/content/spec/auth/jwt.md` of distribution).
//!
//! What it gives is written out by hand here, so that it stands on its own beside the access list
//! of docker_auth that says the same.

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rcgen::{CertificateParams, KeyPair, SigningKey as _};
use serde_json::{Value, json};

use crate::{
    control_plane::raw_signature,
    fake::http::{Request, Response, Server},
};

/// The issuer's rules in docker_auth's words.
pub const ACL: &str = "
users: {alice: {password: x}, bob: {password: x}, forger: {password: x}, '': {}}
acl:
- {match: {account: alice}, actions: ['*']}
- {match: {account: bob, name: t/new}, actions: [pull, push]}
- {match: {account: '', name: t/seed}, actions: [pull]}
";

/// The same once more, in code.
fn given(account: &str, repository: &str) -> &'static [&'static str] {
    match (account, repository) {
        ("alice", _) => &["pull", "push", "delete"],
        ("bob", "t/new") => &["pull", "push"],
        ("", "t/seed") => &["pull"],
        // It says yes to everything, and signs with a key that nobody trusts.
        ("forger", _) => &["pull", "push", "delete"],
        _ => &[],
    }
}

pub struct Issuer {
    server: Server,
    /// The certificate that the registry trusts.
    pub certificate: String,
}

impl Issuer {
    pub fn start() -> Self {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certified = |key: &KeyPair| CertificateParams::new(vec!["issuer.example".into()]).unwrap().self_signed(key);
        let (trusted, forged) = (certified(&key).unwrap(), certified(&other).unwrap());
        let certificate = trusted.pem();
        let chains = [STANDARD.encode(trusted.der()), STANDARD.encode(forged.der())];
        let handler = move |request: &Request| {
            let basic = request.header("authorization").strip_prefix("Basic ").unwrap_or_default();
            let login = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
            let account = login.split_once(':').map_or("", |(user, _)| user);
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            let scopes = query.split('&').filter_map(|one| one.strip_prefix("scope="));
            let access: Vec<Value> = scopes
                .filter_map(|scope| {
                    let [kind, name, wanted] = scope.split(':').collect::<Vec<_>>()[..] else { return None };
                    let given = given(account, name);
                    let actions: Vec<&str> = wanted.split(',').filter(|action| given.contains(action)).collect();
                    Some(json!({"type": kind, "name": name, "actions": actions}))
                })
                .collect();
            let forges = account == "forger";
            let (key, chain) = if forges { (&other, &chains[1]) } else { (&key, &chains[0]) };
            Response::json(200, json!({"token": token(key, chain, account, &access)}).to_string())
        };
        Self { server: Server::start(Arc::new(handler), None), certificate }
    }

    /// Where the registry sends those who have no token.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.server.address)
    }
}

#[expect(clippy::disallowed_methods, reason = "the registry's clock is the real one")]
fn token(key: &KeyPair, chain: &str, account: &str, access: &[Value]) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let head = json!({"typ": "JWT", "alg": "ES256", "x5c": [chain]});
    let claims = json!({"iss": "sextant-test", "sub": account, "aud": "registry", "exp": now + 300, "nbf": now - 60,
        "iat": now, "jti": "1", "access": access});
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = raw_signature(&key.sign(text.as_bytes()).unwrap());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
