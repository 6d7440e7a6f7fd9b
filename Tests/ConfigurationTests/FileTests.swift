import Glibc
import TestSupport
import Testing

@testable import Configuration

/// The configuration's own file, and the authority file: what is said when they cannot be read.
@Suite struct FileTests {
  private let folder = TemporaryFolder()

  @Test func isMissing() {
    let said = "there is no such file; name one with --config FILE or in GATEHOUSE_CONFIG, or put it at config/gatehouse.yaml"
    #expect(loading("nowhere.yaml") == [said])
    write("file", completed(""))
    #expect(loading("file/below.yaml") == [said])
    #expect(loading("file\u{0}.yaml") == [said])
  }

  @Test func isADirectory() {
    #expect(problems(at: folder.path) == ["\(folder.path): it is a directory; name a file in it"])
  }

  @Test func isALoop() {
    symlink(folder.file("loop"), folder.file("loop"))
    #expect(loading("loop") == ["it cannot be read: Too many levels of symbolic links; correct the path or the file"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything")) func isUnreadable() {
    write("closed.yaml", completed(""), mode: 0o000)
    #expect(loading("closed.yaml") == ["this process may not read it; give its user the right to (chmod, chown)"])
  }

  /// Whoever runs the tests may be root, who may read everything: so the words themselves.
  @Test func sayingThatItIsUnreadableTellsWhatToDo() {
    #expect("\(FileFault.refused(EACCES))" == "this process may not read it; give its user the right to (chmod, chown)")
    #expect("\(FileFault.silent)" == "it is a pipe that nobody writes to; name a file")
  }

  @Test func isEmpty() {
    write("empty.yaml", "")
    #expect(loading("empty.yaml") == ["the file is empty; config/gatehouse.minimal.yaml is a configuration to begin with"])
    #expect(problems(at: "/dev/null") == ["/dev/null: the file is empty; config/gatehouse.minimal.yaml is a configuration to begin with"])
  }

  @Test func isHuge() {
    let said = "it is larger than 1048576 bytes and can hardly be what is meant; name the right file"
    write("most.yaml", completed("# " + String(repeating: "x", count: 1_000_000)))
    #expect(loading("most.yaml") == [])
    write("huge.yaml", "# " + String(repeating: "x", count: 1_048_575))
    #expect(loading("huge.yaml") == [said])
    #expect(problems(at: "/dev/zero") == ["/dev/zero: \(said)"])
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x73, 0x00], "1:1"), ([0x61, 0x3A, 0x0A, 0x20, 0xC3, 0xA9, 0xE9, 0x0A], "2:3"),
      ([0x61, 0x3A, 0x20, 0xC0, 0x80], "1:4"),
      ([0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "1:4"), ([0x61, 0x3A, 0x20, 0xE2, 0x82], "1:4"),
      ([0x61, 0x3A, 0x20, 0xF5, 0x80, 0x80, 0x80], "1:4"),
    ] as [([UInt8], String)]) func isNotUTF8(_ bytes: [UInt8], _ place: String)
  {
    write("other.yaml", bytes)
    #expect(problems(at: folder.file("other.yaml")) == ["\(folder.file("other.yaml")):\(place): this is not UTF-8; save the file as UTF-8"])
  }

  @Test(arguments: ["\u{FEFF}", "---\n", "%YAML 1.2\n---\n"]) func mayBegin(_ beginning: String) {
    write("begun.yaml", beginning + completed(""))
    #expect(loading("begun.yaml") == [])
  }

  @Test func mayHaveTheLineEndsOfWindows() {
    write("windows.yaml", completed("log:\n  level: info\n").replacing("\n", with: "\r\n"))
    #expect(loading("windows.yaml") == [])
  }

  /// `--config <(decrypt file)`
  @Test func mayBeAPipe() {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let text = completed("")
    #expect(Glibc.write(ends[1], text, text.utf8.count) == text.utf8.count)
    close(ends[1])
    #expect(problems(at: "/proc/self/fd/\(ends[0])") == [])
    close(ends[0])
  }

  /// Opening it would wait for a writer, and the server would never start.
  @Test(.timeLimit(.minutes(1 * slowness))) func mayNotBeAPipeThatNobodyOpens() {
    #expect(mkfifo(folder.file("silent.yaml"), 0o600) == 0)
    #expect(loading("silent.yaml") == ["the file is empty; config/gatehouse.minimal.yaml is a configuration to begin with"])
  }

  @Test func authoritiesAreCertificates() throws {
    write("authority.pem", "a comment\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    write("key.pem", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
    let configuration = try Configuration.parse(
      instance("authority.pem"), file: "g.yaml", environment: exampleEnvironment)
    #expect(configuration.gitlab.map(\.certificateAuthorityFile) == [folder.file("authority.pem")])
    #expect(
      problems(instance("key.pem")) == [
        "g.yaml:4:14: `ca_file`: the file `\(folder.file("key.pem"))` has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----; convert it"
      ])
    #expect(
      problems(instance("nowhere.pem")) == [
        "g.yaml:4:14: `ca_file`: the file `\(folder.file("nowhere.pem"))`: there is no such file; make it, or correct the path"
      ])
  }

  private func instance(_ authority: String) -> String {
    completed(
      "gitlab:\n  - {name: main, url: https://g.test, token: \(token), webhook_token: \(token),\n\n    ca_file: \(folder.file(authority))}")
  }

  private func write(_ name: String, _ text: String, mode: mode_t = 0o600) { write(name, Array(text.utf8), mode: mode) }

  private func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) { makeFile(folder.file(name), bytes, mode: mode) }

  /// What is said of a file of the folder, without the file's name.
  private func loading(_ name: String) -> [String] {
    problems(at: folder.file(name)).map { String($0.dropFirst(folder.file(name).count + 2)) }
  }
}
