//! The registry as a whole: its health, its settings, and who administers it.

use serde_json::Value;

use super::{ALL, flag, number, text};
use crate::facts::registry::{Admin, Component, Grant, Health, Part, Principal, RegistryFacts, answers::Answers};

pub(super) fn health(answers: &Answers, vantage: &str, facts: &mut RegistryFacts) {
    facts.health.vantage = vantage.into();
    if let Some(body) = answers.body("/health") {
        let components = body.get("components").and_then(Value::as_array).into_iter().flatten();
        let components =
            components.map(|c| Component { name: text(c, "name").into(), status: text(c, "status").into() }).collect();
        facts.health = Health { status: text(body, "status").into(), components, vantage: vantage.into() };
    }
    facts.cover("health", answers.part("/health"));
    if let Some(volumes) = answers.body("/systeminfo/volumes") {
        let storage = volumes.get("storage").and_then(Value::as_array).and_then(|s| s.first());
        facts.volume = storage.and_then(|s| Some([number(s, "total")?, number(s, "free")?]));
    }
}

pub(super) fn settings(answers: &Answers, facts: &mut RegistryFacts) {
    let info = answers.body("/systeminfo");
    let configuration = answers.body("/configurations");
    let config = |key: &str| configuration.and_then(|c| c.pointer(&format!("/{key}/value")));
    let config_text = |key: &str| config(key).and_then(Value::as_str).map(str::to_owned);
    let both_text = |key: &str| config_text(key).or_else(|| Some(info?.get(key)?.as_str()?.to_owned()));
    let both_flag = |key: &str| config(key).and_then(Value::as_bool).or_else(|| info?.get(key)?.as_bool());
    let settings = &mut facts.settings;
    settings.auth_mode = both_text("auth_mode");
    settings.self_registration = both_flag("self_registration");
    settings.project_creation = both_text("project_creation_restriction");
    settings.read_only = both_flag("read_only");
    settings.robot_prefix = config_text("robot_name_prefix");
    settings.robot_days = config("robot_token_duration").and_then(Value::as_i64);
    settings.audit_forward = config_text("audit_log_forward_endpoint")
        .or_else(|| configuration.map(|_| String::new()))
        // An address may carry a password.
        .map(|address| address.rsplit('@').next().unwrap_or_default().to_owned());
    settings.audit_skip_database =
        config("skip_audit_log_database").and_then(Value::as_bool).or_else(|| configuration.map(|_| false));
    settings.audit_disabled = configuration.map(|_| {
        let list = config_text("disabled_audit_log_event_types").unwrap_or_default();
        list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    });
    if let Some(purge) = answers.body("/system/purgeaudit/schedule") {
        let parameters: Value = serde_json::from_str(text(purge, "job_parameters")).unwrap_or_default();
        settings.audit_purge_hours = Some(number(&parameters, "audit_retention_hour").unwrap_or(0));
    }
    let scheduled = |call: &str| {
        let body = answers.body(call)?;
        let kind = body.pointer("/schedule/type").and_then(Value::as_str).unwrap_or_default();
        Some(!matches!(kind, "" | "None" | "Manual"))
    };
    settings.gc_scheduled = scheduled("/system/gc/schedule");
    settings.scan_scheduled = scheduled("/system/scanAll/schedule");
    let part = if info.is_some() || configuration.is_some() { Part::complete() } else { answers.part("/systeminfo") };
    facts.cover("settings", part);
    let audit = if configuration.is_some() { Part::complete() } else { answers.part("/configurations") };
    facts.cover("audit", audit);
}

pub(super) fn administrators(answers: &Answers, facts: &mut RegistryFacts) {
    let federated = facts.settings.auth_mode.as_deref().is_some_and(|mode| mode != "db_auth");
    for user in answers.list("/users") {
        let (sysadmin, by_group) = (flag(user, "sysadmin_flag"), flag(user, "admin_role_in_auth"));
        if sysadmin || by_group {
            let onboarded = user.get("oidc_user_meta").is_some_and(|meta| !meta.is_null());
            // The first account is always the registry's own.
            let local = if number(user, "user_id") == Some(1) { true } else { !federated || !(onboarded || by_group) };
            facts.admins.push(Admin {
                principal: Principal::new("user", text(user, "username")),
                local: Some(local),
                via: if sysadmin { "sysadmin_flag" } else { "admin group" }.into(),
            });
        }
    }
    for (key, wanted) in [
        ("oidc_admin_group", "oidc_auth"),
        ("ldap_group_admin_dn", "ldap_auth"),
        ("http_authproxy_admin_groups", "http_auth"),
    ] {
        let group = answers.text("/configurations", &format!("/{key}/value")).unwrap_or_default();
        if !group.is_empty() && facts.settings.auth_mode.as_deref() == Some(wanted) {
            facts.admins.push(Admin { principal: Principal::new("group", group), local: Some(false), via: key.into() });
        }
    }
    facts.cover("admins", answers.part("/users"));
    facts.cover("admins", answers.part("/configurations"));
    facts.cover("grants", answers.part("/users"));
    facts.cover("grants", answers.part("/configurations"));
    for admin in &facts.admins {
        let via = format!("system administrator ({})", admin.via);
        facts.grants.push(Grant::new(admin.principal.clone(), &ALL, "**", &via, "GET /users, /configurations"));
    }
}
