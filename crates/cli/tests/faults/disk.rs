//! An edge whose disk is full says so, keeps what it acknowledged, and goes on when there is room.
//!
//! The disk is a file system in memory, in a namespace of the edge's own: that needs no rights where
//! the system lets its users make namespaces, and is passed over where it does not.

use crate::alike::come_to_hold_the_same;
use crate::node::{Node, copy_folder};
use crate::work::{Acknowledged, found, sections};
use muster_testkit::Proxy;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Size of the disk, target, source, then the program.
const MOUNTED: &str = "mount -t tmpfs -o size=$1 muster \"$2\" && cp -a \"$3/.\" \"$2\" && shift 3 \
    && exec \"$@\"";
const SIZE: &str = "24m";
/// What is left free when the exchange begins: too little for what the hub has.
const LEFT: u64 = 256 << 10;
const NAMESPACE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

/// An edge on a small disk.
struct Small {
    node: Node,
    /// Its folder, as this process finds it.
    folder: PathBuf,
}

impl Small {
    /// Serves a copy of a node's folder on a disk of its own; none where the system forbids it.
    fn serve(edge: &Node, at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mut trial = Command::new("unshare");
        trial.args(NAMESPACE).args(["mount", "-t", "tmpfs", "muster"]).arg(at);
        if !trial.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return None;
        }
        let mut node = Node::new(at.parent()?, at.file_name()?.to_str()?);
        node.token.clone_from(&edge.token);
        let program = node.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("unshare");
        command.args(NAMESPACE).args(["sh", "-c", MOUNTED, "sh", SIZE]).arg(at).arg(&edge.data);
        command.arg(program.get_program()).args(program.get_args());
        command.env_remove("MUSTER_DATABASE").env("MUSTER_LOG", "info").stdin(Stdio::null());
        node.serve_by(command);
        let below = at.strip_prefix("/").unwrap();
        let folder = Path::new("/proc").join(node.process_id().to_string()).join("root");
        Some(Self { folder: folder.join(below), node })
    }

    /// Fills the disk but for so many bytes.
    fn fill(&self, left: u64) {
        let path = self.folder.join("ballast");
        let mut ballast = File::create(&path).unwrap();
        for piece in [64 << 10, 1 << 10, 1] {
            let zeros = vec![0; piece];
            let full = loop {
                if let Err(error) = ballast.write_all(&zeros) {
                    break error.kind();
                }
            };
            assert_eq!(full, ErrorKind::StorageFull);
        }
        let size = ballast.metadata().unwrap().len();
        OpenOptions::new().write(true).open(path).unwrap().set_len(size - left).unwrap();
    }

    fn make_room(&self) {
        std::fs::remove_file(self.folder.join("ballast")).unwrap();
    }

    /// Ends it as a power cut does: what lay on its disk, on this one.
    fn carried_to(self, folder: &Path, name: &str) -> Node {
        let node = Node::new(folder, name);
        self.node.signal("-STOP");
        copy_folder(&self.folder, &node.data);
        node
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::new(folder.path(), "hub");
    let campus = found(&mut hub, 60);
    let way = Proxy::to(hub.address());
    let mut edge = Node::new(folder.path(), "edge");
    edge.join(&hub, &way, &[]);
    edge.stop();
    let Some(small) = Small::serve(&edge, &folder.path().join("disk")) else {
        eprintln!("this system lets nobody make a namespace: the full disk is not tested");
        return;
    };
    let mut acknowledged = Acknowledged::default();
    acknowledged.attendance(&hub, &campus, &sections("H", 12));
    small.fill(LEFT);
    // It takes up what it can, and says why there is no more.
    let words = small.node.button().unwrap().expect_err("all of it fitted");
    assert!(words.contains("disk of this node is full") && words.contains("room"), "{words}");
    let mut number = 0;
    let refused = loop {
        assert!(number < 2_000, "the disk was never full");
        number += 1;
        let answered = acknowledged.try_person(&small.node, &format!("FULL-{number}"));
        let (status, answer) = answered.expect("it goes on answering");
        if status != 201 {
            break (status, answer["detail"].as_str().unwrap_or_default().to_owned());
        }
    };
    assert_eq!(refused.0, 507, "{}", refused.1);
    assert!(refused.1.contains("disk is full: nothing was saved"), "{}", refused.1);
    assert!(small.node.button().unwrap().is_err());
    // What is there can still be read.
    assert_eq!(small.node.get("/api/v1/nodes")["role"], "edge");

    small.make_room();
    acknowledged.person(&small.node, "ROOM-1");
    let exchanged = small.node.button().unwrap().unwrap();
    assert!(exchanged["came"].as_u64() > Some(0), "{exchanged}");
    acknowledged.person(&small.node, "ROOM-2");
    let edge = small.carried_to(folder.path(), "carried");
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}
