import Glibc
import HTTPMessages
import Testing

@testable import HTTPClient

/// TLS against `openssl s_server`, with a certificate made for the test.
@Suite(.enabled(if: OpenSSL.isInstalled, "needs the openssl command")) struct TLSTests {
  @Test func refusesACertificateThatNobodyVouchesFor() async throws {
    let openssl = try OpenSSL(subject: "IP:127.0.0.1")
    let failure = try #require(await HTTPClient().send(request(.post, openssl.authority, scheme: "https", body: "x")).failure)
    #expect(failure.effect == .none)
    #expect(failure.reason.contains("is not trusted: SSL certificate problem: self-signed certificate; set ca_file"), "\(failure.reason)")
  }

  @Test func acceptsWhatItsOwnAuthorityVouchesFor() async throws {
    let openssl = try OpenSSL(subject: "IP:127.0.0.1")
    let client = try HTTPClient(certificateAuthorityFile: openssl.certificate)
    let answer = await client.send(request(openssl.authority, scheme: "https"))
    #expect(answer.response?.status == .ok, "\(answer)")
  }

  @Test func refusesACertificateOfAnotherHost() async throws {
    let openssl = try OpenSSL(subject: "DNS:gitlab.example.com")
    let client = try HTTPClient(certificateAuthorityFile: openssl.certificate)
    let failure = try #require(await client.send(request(.post, openssl.authority, scheme: "https", body: "x")).failure)
    #expect(failure.effect == .none)
    #expect(failure.reason.contains("is not trusted"), "\(failure.reason)")
    #expect(failure.reason.contains("set url") && !failure.reason.contains("ca_file"), "\(failure.reason)")
    #expect(TLSTrouble(failure.reason) == .wrongName)
  }

  @Test func refusesACertificateThatHasExpired() async throws {
    let openssl = try OpenSSL(subject: "IP:127.0.0.1", isExpired: true)
    let client = try HTTPClient(certificateAuthorityFile: openssl.certificate)
    let failure = try #require(await client.send(request(.post, openssl.authority, scheme: "https", body: "x")).failure)
    #expect(failure.effect == .none)
    #expect(failure.reason.contains("is not trusted: SSL certificate problem: certificate has expired; renew"), "\(failure.reason)")
    #expect(TLSTrouble(failure.reason) == .expired)
  }

  /// libcurl would keep what it has read for a day.
  @Test func readsTheAuthorityFileAnewForEachConnection() async throws {
    let (former, renewed) = (try OpenSSL(subject: "IP:127.0.0.1"), try OpenSSL(subject: "IP:127.0.0.1"))
    let link = "/tmp/gatehouse-tls-\(UInt64.random(in: .min ... .max)).pem"
    defer { unlink(link) }
    try #require(symlink(former.certificate, link) == 0)
    let client = try HTTPClient(certificateAuthorityFile: link)
    let before = await client.send(request(former.authority, scheme: "https"))
    #expect(before.response?.status == .ok, "\(before)")
    try #require(unlink(link) == 0 && symlink(renewed.certificate, link) == 0)
    let after = await client.send(request(renewed.authority, scheme: "https"))
    #expect(after.response?.status == .ok, "\(after)")
  }

  @Test func saysWhenTheAuthorityFileHoldsNoCertificate() async throws {
    let openssl = try OpenSSL(subject: "IP:127.0.0.1")
    let client = try HTTPClient(certificateAuthorityFile: openssl.key)
    let failure = try #require(await client.send(request(openssl.authority, scheme: "https")).failure)
    #expect(failure.effect == .none)
    #expect(failure.reason.contains("check ca_file"), "\(failure.reason)")
  }
}

/// A certificate of its own, and a server that shows it.
final class OpenSSL {
  static let isInstalled = access("/usr/bin/openssl", X_OK) == 0

  let authority: String
  var certificate: String { directory + "/certificate.pem" }
  var key: String { directory + "/key.pem" }
  private let directory: String
  private let process: pid_t

  init(subject: String, isExpired: Bool = false) throws {
    var template = Array("/tmp/gatehouse-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SocketError(code: errno) }
    let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.directory = directory
    let (maker, _) = try OpenSSL.spawn([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test",
      "-addext", "subjectAltName=\(subject)", "-keyout", directory + "/key.pem", "-out", directory + "/certificate.pem",
    ])
    waitpid(maker, nil, 0)
    if isExpired {
      let (renewer, _) = try OpenSSL.spawn([
        "x509", "-in", directory + "/certificate.pem", "-signkey", directory + "/key.pem", "-days", "-1",
        "-out", directory + "/certificate.pem",
      ])
      waitpid(renewer, nil, 0)
    }
    let arguments = ["-cert", directory + "/certificate.pem", "-key", directory + "/key.pem"]
    let (server, output) = try OpenSSL.spawn(["s_server", "-accept", "127.0.0.1:0", "-www"] + arguments)
    process = server
    // "ACCEPT 127.0.0.1:40123"
    guard let line = OpenSSL.line(of: output, startingWith: "ACCEPT ") else { throw SocketError(code: ENOENT) }
    authority = String(line.dropFirst("ACCEPT ".count))
  }

  deinit {
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    for name in ["key.pem", "certificate.pem"] { unlink(directory + "/" + name) }
    rmdir(directory)
  }

  /// Starts openssl with its standard output in a pipe.
  private static func spawn(_ arguments: [String]) throws -> (pid_t, UnsafeMutablePointer<FILE>) {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var words: [UnsafeMutablePointer<CChar>?] = (["openssl"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let code = posix_spawn(&process, "/usr/bin/openssl", &actions, nil, &words, environ)
    close(ends[1])
    guard code == 0, let output = fdopen(ends[0], "r") else { throw SocketError(code: code) }
    return (process, output)
  }

  private static func line(of file: UnsafeMutablePointer<FILE>, startingWith prefix: String) -> String? {
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 1_000)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let line = String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if line.hasPrefix(prefix) { return line }
    }
    return nil
  }
}
