//! Who asked: Harbor filters rows by the caller, and answers 200 all the same.

use serde_json::Value;

use super::{CALLER, accesses, flag, permissions, text};
use crate::facts::registry::answers::Answers;

/// Why the caller sees only some rows; none where it sees all.
pub(super) fn filtered(answers: &Answers) -> Option<String> {
    if let Some(me) = answers.body("/users/current") {
        if flag(me, "sysadmin_flag") || flag(me, "admin_role_in_auth") {
            return None;
        }
        let name = text(me, "username");
        if robot_sees_all(answers.list("/robots"), name) {
            return None;
        }
        return Some(format!("rows are filtered for {name}, who is no system administrator"));
    }
    // A robot has no user of its own; the collector knows which account it asked with.
    if let Some(caller) = answers.text(CALLER, "/username") {
        if robot_sees_all(answers.list("/robots"), caller) {
            return None;
        }
        // Its name came out of a credential: it is not told.
        return Some("rows may be filtered: the account that asked is not known to see every project".into());
    }
    Some("rows may be filtered: who asked could not be told".into())
}

fn robot_sees_all(robots: &[Value], name: &str) -> bool {
    robots.iter().any(|robot| text(robot, "name") == name && is_all_projects(robot) && reads_everything(robot))
}

fn is_all_projects(robot: &Value) -> bool {
    text(robot, "level") == "system" && permissions(robot).any(|p| text(p, "namespace") == "*")
}

fn reads_everything(robot: &Value) -> bool {
    let may = |resource: &str, action: &str| {
        permissions(robot)
            .filter(|p| text(p, "namespace") == "*" || text(p, "kind") == "system")
            .flat_map(accesses)
            .any(|access| {
                [resource, "*"].contains(&text(access, "resource")) && [action, "*"].contains(&text(access, "action"))
            })
    };
    may("member", "list") && may("robot", "list") && may("repository", "list")
}
