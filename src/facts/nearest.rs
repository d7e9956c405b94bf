//! Which known names a misspelt one may have meant.

/// At most `most` known names, the nearest first: those that hold the word or are held by it, and
/// those that few changes of a letter turn into it.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let wanted: Vec<char> = bare(word);
    let mut ranked: Vec<(usize, &str)> = known
        .filter_map(|name| {
            let own: Vec<char> = bare(name);
            let (text, other): (String, String) = (own.iter().collect(), wanted.iter().collect());
            let within = other.len() > 2 && (text.contains(&other) || other.contains(&text));
            let away = distance(&wanted, &own);
            let near = away <= 1 + wanted.len() / 4;
            // A name that holds the word is nearer than one that a change turns into it.
            (within || near).then_some((if within { away.min(1) } else { away + 1 }, name))
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(most).map(|(_, name)| name).collect()
}

/// How many letters must change, come or go.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        for (at, to) in b.iter().enumerate() {
            let up = row.get(at + 1).copied().unwrap_or(usize::MAX);
            let here = (diagonal + usize::from(from != to)).min(left + 1).min(up + 1);
            diagonal = up;
            if let Some(cell) = row.get_mut(at) {
                *cell = left;
            }
            left = here;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let known = ["argo-cd", "argo-rollouts", "calico", "canal", "cilium", "ingress-nginx", "nginx-gateway-fabric"];
        let near = |word: &str| nearest(word, known.into_iter(), 3);
        assert_eq!(near("calcio").first(), Some(&"calico"));
        assert_eq!(near("ArgoCD"), ["argo-cd"]);
        assert_eq!(near("nginx"), ["ingress-nginx", "nginx-gateway-fabric"]);
        assert_eq!(near("Canale")[0], "canal");
        assert!(near("zookeeper").is_empty());
    }

    #[test]
    fn a_distance_counts_changes() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!((of("", "abc"), of("abc", "abc"), of("kitten", "sitting"), of("ab", "b")), (3, 0, 3, 1));
    }
}
