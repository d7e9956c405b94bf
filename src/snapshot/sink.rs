//! Where objects go while a cluster is read: into memory, or to the disk without staying in it.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Coverage, Object, SnapshotBuilder, span::Listed};
use crate::object::Kind;

/// Takes the kinds of a run, several at once.
pub trait Sink: Sync {
    /// Opens one kind for writing.
    ///
    /// # Errors
    /// What the disk says.
    fn open(&self, kind: &Kind) -> io::Result<Box<dyn KindSink>>;

    /// Coverage of a kind that an earlier run finished, and when it was listed.
    fn finished(&self, _kind: &Kind) -> Option<(Coverage, Option<Listed>)> {
        None
    }

    /// Shows the objects that an earlier run left of a finished kind.
    ///
    /// # Errors
    /// What the disk says.
    fn replay(&self, _kind: &Kind, _see: &mut dyn FnMut(&Object)) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the objects of one kind, list by list. A list that must be read again is rolled back.
pub trait KindSink: Send {
    /// Begins a list: what comes from here on can be rolled back.
    ///
    /// # Errors
    /// What the disk says.
    fn begin(&mut self) -> io::Result<()>;

    /// Adds an object.
    ///
    /// # Errors
    /// What the disk says.
    fn push(&mut self, object: Object) -> io::Result<()>;

    /// Forgets everything since [`KindSink::begin`].
    ///
    /// # Errors
    /// What the disk says.
    fn rollback(&mut self) -> io::Result<()>;

    /// Closes the kind, with what is known about its completeness and when it was listed.
    ///
    /// # Errors
    /// What the disk says.
    fn finish(self: Box<Self>, coverage: &Coverage, listed: Option<&Listed>) -> io::Result<()>;
}

/// Keeps everything in memory, for an audit that follows at once.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    objects: Arc<Mutex<Vec<Object>>>,
}

impl Memory {
    /// Hands the objects over to a snapshot.
    pub fn drain_into(&self, builder: &mut SnapshotBuilder) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.drain(..).for_each(|object| builder.push(object));
    }
}

impl Sink for Memory {
    fn open(&self, _kind: &Kind) -> io::Result<Box<dyn KindSink>> {
        Ok(Box::new(MemoryKind { into: self.objects.clone(), objects: Vec::new(), mark: 0 }))
    }
}

struct MemoryKind {
    into: Arc<Mutex<Vec<Object>>>,
    objects: Vec<Object>,
    mark: usize,
}

impl KindSink for MemoryKind {
    fn begin(&mut self) -> io::Result<()> {
        self.mark = self.objects.len();
        Ok(())
    }
    fn push(&mut self, object: Object) -> io::Result<()> {
        self.objects.push(object);
        Ok(())
    }
    fn rollback(&mut self) -> io::Result<()> {
        self.objects.truncate(self.mark);
        Ok(())
    }
    fn finish(mut self: Box<Self>, _coverage: &Coverage, _listed: Option<&Listed>) -> io::Result<()> {
        // A continuation after a 410 may repeat an object: the later reading counts.
        let key = |object: &Object| format!("{}/{}", object.namespace, object.name);
        if !self.objects.is_sorted_by(|a, b| key(a) < key(b)) {
            self.objects.reverse();
            self.objects.sort_by_cached_key(key);
            self.objects.dedup_by(|a, b| a.namespace == b.namespace && a.name == b.name);
        }
        self.into.lock().unwrap_or_else(PoisonError::into_inner).extend(self.objects);
        Ok(())
    }
}
