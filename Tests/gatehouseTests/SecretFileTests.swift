import Glibc
import TestSupport
import Testing

@testable import gatehouse

/// Files that hold a secret, and what is said where one cannot be written.
@Suite struct SecretFileTests {
  @Test("what mends it is said by what is wrong")
  func remedies() {
    for code in [ENOSPC, EDQUOT] { #expect(SecretFile.remedy(code, isLink: false).contains("its disk is full: make room there")) }
    for code in [EACCES, EROFS] {
      let remedy = SecretFile.remedy(code, isLink: true)
      #expect(remedy.contains("let write in its folder") && remedy.contains("in place of the symbolic link"))
      #expect(!SecretFile.remedy(code, isLink: false).contains("link"))
    }
    #expect(SecretFile.remedy(ENOENT, isLink: false).contains("make its folder"))
    for code in [ENOSPC, EACCES, EISDIR, EIO] { #expect(!SecretFile.remedy(code, isLink: true).contains("make its folder")) }
  }

  @Test("links are followed to the file, from folder to folder, and a circle is said") func links() throws {
    let folder = TemporaryFolder()
    func link(_ name: String, to target: String) throws { try #require(symlink(target, folder.file(name)) == 0) }
    try #require(mkdir(folder.file("a"), 0o700) == 0 && mkdir(folder.file("a/b"), 0o700) == 0)
    try link("one", to: "a/two")
    try link("a/two", to: "../a/b/three")
    try link("a/b/three", to: folder.file("secret"))
    let file = SecretFile(path: folder.file("one"))
    #expect(try file.resolved().path == folder.file("secret"))
    #expect(try file.read() == nil)
    try file.write("first")
    let room = try file.reserve()
    #expect(file.next.path == folder.file("secret.next") && room.place.path == file.next.path)
    try room.write("second")
    try room.bring("second")
    #expect(text(ofFile: folder.file("secret")) == "second\n" && mode(of: folder.file("secret")) == 0o600)
    #expect(try file.read() == "second")
    try file.remove()
    var status = stat()
    #expect(!file.exists && lstat(folder.file("one"), &status) == 0)
    #expect(names(inFolder: folder.path).sorted() == ["a", "one"])
    try link("here", to: "there")
    try link("there", to: "here")
    let circle = SecretFile(path: folder.file("here"))
    let refusal = #expect(throws: Failure.self) { try circle.write("third") }
    #expect(refusal?.message.contains("lead in a circle") == true)
    #expect(throws: Failure.self) { _ = try circle.reserve() }
    #expect(names(inFolder: folder.path).sorted() == ["a", "here", "one", "there"])
  }

  @Test("what root writes stays the server's own: the file, the room for the next, and the locks", .enabled(if: geteuid() == 0))
  func owner() throws {
    let folder = TemporaryFolder()
    let file = SecretFile(path: folder.file("secret"))
    try file.write("first")
    #expect(owner(of: file.path) == 0)
    for name in ["secret", "gatehouse.db"] {
      if name != "secret" { try write([], toNewFile: folder.file(name)) }
      try #require(chown(folder.file(name), 65_534, 65_534) == 0)
    }
    let room = try file.reserve()
    let locks = [try SetupLock(databasePath: folder.file("gatehouse.db")), try SetupLock(beside: file)]
    for name in names(inFolder: folder.path) { #expect(owner(of: folder.file(name)) == 65_534, "\(name)") }
    try room.write("second")
    try room.bring("second")
    #expect(owner(of: file.path) == 65_534 && mode(of: file.path) == 0o600)
    try file.write("third")
    #expect(owner(of: file.path) == 65_534 && mode(of: file.path) == 0o600)
    // What is root's the server reads by its group.
    try #require(chown(file.path, 0, 65_534) == 0 && chmod(file.path, 0o640) == 0)
    try file.write("fourth")
    #expect(owner(of: file.path) == 0 && mode(of: file.path) == 0o640)
    withExtendedLifetime(locks) {}
  }

  @Test("what root makes anew is of whom its folder is: the file, its room, and the locks", .enabled(if: geteuid() == 0))
  func folderOwner() throws {
    let folder = TemporaryFolder()
    let (secrets, roots) = (folder.file("secrets"), folder.file("roots"))
    for path in [secrets, roots] { try #require(mkdir(path, 0o700) == 0) }
    try #require(chown(secrets, 65_534, 65_533) == 0)
    let file = SecretFile(path: secrets + "/secret")
    let room = try file.reserve()
    let locks = [try SetupLock(databasePath: secrets + "/gatehouse.db"), try SetupLock(beside: file)]
    try room.write("first")
    try room.bring("first")
    try SecretFile(path: secrets + "/hook").write("second")
    #expect(names(inFolder: secrets).sorted() == ["gatehouse.db.setup.lock", "hook", "secret", "secret.lock"])
    for name in names(inFolder: secrets) {
      var status = stat()
      #expect(lstat("\(secrets)/\(name)", &status) == 0 && (status.st_uid, status.st_gid) == (65_534, 65_533), "\(name)")
      #expect(mode(of: "\(secrets)/\(name)") == 0o600, "\(name)")
    }
    // What a link leads to is in another folder.
    try #require(symlink(roots + "/victim", secrets + "/link") == 0)
    try SecretFile(path: secrets + "/link").write("third")
    #expect(owner(of: roots + "/victim") == 0 && text(ofFile: roots + "/victim") == "third\n")
    withExtendedLifetime(locks) {}
  }

  @Test("a link in a lock's place gives nothing of root's away", .enabled(if: geteuid() == 0)) func lockLinks() throws {
    let folder = TemporaryFolder()
    for name in ["victim", "gatehouse.db", "secret"] { try write([], toNewFile: folder.file(name)) }
    for name in ["gatehouse.db", "secret"] { try #require(chown(folder.file(name), 65_534, 65_534) == 0) }
    let file = SecretFile(path: folder.file("secret"))
    for name in ["gatehouse.db.setup.lock", "secret.lock"] {
      try #require(symlink(folder.file("victim"), folder.file(name)) == 0)
    }
    #expect(throws: Failure.self) { _ = try SetupLock(databasePath: folder.file("gatehouse.db")) }
    #expect(try SetupLock(beside: file) == nil)
    for name in ["gatehouse.db.setup.lock", "secret.lock"] {
      unlink(folder.file(name))
      try #require(link(folder.file("victim"), folder.file(name)) == 0)
    }
    _ = try SetupLock(databasePath: folder.file("gatehouse.db"))
    _ = try SetupLock(beside: file)
    #expect(owner(of: folder.file("victim")) == 0)
    for name in ["gatehouse.db.setup.lock", "secret.lock"] {
      unlink(folder.file(name))
      try #require(symlink(folder.file("nothing"), folder.file(name)) == 0)
    }
    #expect(throws: Failure.self) { _ = try SetupLock(databasePath: folder.file("gatehouse.db")) }
    #expect(!names(inFolder: folder.path).contains("nothing"))
  }

  private func owner(of path: String) -> uid_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_uid : nil
  }

  @Test("a link where this program keeps a scratch file leads to what is not ours: it is not followed") func planted() throws {
    let folder = TemporaryFolder()
    try write(Array("another's".utf8), toNewFile: folder.file("victim"))
    let file = SecretFile(path: folder.file("secret"))
    for name in ["secret.next", "secret.new", "secret.try"] {
      try #require(symlink(folder.file("victim"), folder.file(name)) == 0)
    }
    #expect(try file.next.read() == nil)
    try file.expectWritable()
    try file.write("first")
    let room = try file.reserve()
    try room.write("second")
    try room.bring("second")
    #expect(text(ofFile: folder.file("victim")) == "another's" && text(ofFile: file.path) == "second\n")
    try #require(symlink(folder.file("victim"), file.next.path) == 0)
    try file.next.remove()
    #expect(names(inFolder: folder.path).sorted() == ["secret", "victim"])
  }

  @Test("room that is not used is given back, and what is written into it is there whatever comes after") func room() throws {
    let folder = TemporaryFolder()
    let file = SecretFile(path: folder.file("secret"))
    do {
      let room = try file.reserve()
      #expect(bytes(ofFile: room.place.path).count == SecretFile.Reservation.bytes)
    }
    #expect(names(inFolder: folder.path).isEmpty)
    do {
      let room = try file.reserve()
      try room.write("glpat-only-copy")
      // Nothing can be renamed over a folder that is not empty, whoever one is.
      try #require(mkdir(file.path, 0o700) == 0 && mkdir(file.path + "/in-the-way", 0o700) == 0)
      #expect(throws: Failure.self) { try room.bring("glpat-only-copy") }
    }
    #expect(text(ofFile: file.next.path) == "glpat-only-copy\n" && mode(of: file.next.path) == 0o600)
    #expect(throws: Failure.self) { try file.write("glpat-another") }
    #expect(names(inFolder: folder.path).sorted() == ["secret", "secret.next"], "no secret is left where nobody looks for it")
  }
}
