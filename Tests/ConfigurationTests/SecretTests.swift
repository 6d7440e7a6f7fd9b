import Glibc
import TestSupport
import Testing

@testable import Configuration

/// Where secrets are kept, and that nothing ever shows one.
@Suite struct SecretTests {
  private let folder = TemporaryFolder()

  @Test(
    arguments: [
      ("hunter2", inTheFile), ("glpat-hunter2", inTheFile), ("12345678", inTheFile), ("[hunter2]", inTheFile), ("!!str hunter2", nil),
      ("{}", oneKey), ("{hunter2: hunter2}", oneKey), ("{file: a, env: A}", oneKey), ("{value: hunter2}", oneKey), ("{File: a}", oneKey),
      ("{env: }", "`token`: `env` must be the name of an environment variable"),
      ("{env: ''}", "`token`: `env` must be the name of an environment variable"),
      ("{env: [hunter2]}", "`token`: `env` must be the name of an environment variable"),
      ("{file: ~}", "`token`: `file` must be the path of a file"),
      ("{file: {hunter2: 1}}", "`token`: `file` must be the path of a file"),
      ("{env: glpat-hunter2}", "`token`: `env` is the secret itself; write where the secret is kept, not what it is"),
      ("{file: glpat-hunter2}", "`token`: `file` is the secret itself; write where the secret is kept, not what it is"),
      ("{env: hunter2-hunter2}", notAName), ("{env: 2hunter}", notAName), ("{env: $HUNTER2}", notAName), ("{env: 12345678}", notAName),
      ("{env: \(String(repeating: "A", count: 65))}", notAName),
      ("{env: NOWHERE}", "`token`: the environment variable `NOWHERE` is not set; set it where gatehouse is started"),
      ("{file: \"a\\0b\"}", "`token`: the file `a\u{FFFD}b`: there is no such file; `gatehouse setup apply` makes it, or correct the path"),
    ] as [(String, String?)]) func isNoPlace(_ value: String, _ said: String?)
  {
    let found = problems(instance(value), environment: good)
    if let said { #expect(found.map { String($0.drop { $0 != "`" }) } == [said]) }
    #expect(found.count >= 1)
    #expect(!found.joined().contains("hunter2") && !found.joined().contains("12345678"))
  }

  @Test(arguments: [
    ("", "is empty; put the secret in it"), ("\n\r\n", "is empty; put the secret in it"),
    ("hunter2\nmore\n", "has a second line; \(onlyIt)"),
    (" hunter2", "begins or ends with a space; \(onlyIt)"), ("hunter2 \n", "begins or ends with a space; \(onlyIt)"),
    ("\u{FEFF}hunter2", "has a character that is not printable ASCII (a tab, say, or a byte order mark); \(onlyIt)"),
    ("hunter2\t", "has a character that is not printable ASCII (a tab, say, or a byte order mark); \(onlyIt)"),
    ("hunter2\u{0}", "has a character that is not printable ASCII (a tab, say, or a byte order mark); \(onlyIt)"),
    ("hunter–2", "has a character that is not printable ASCII (a tab, say, or a byte order mark); \(onlyIt)"),
  ]) func isNoSecret(_ content: String, _ said: String) {
    makeFile(folder.file("secret"), Array(content.utf8))
    // A file that a command was to fill, and that failed.
    let another = said.contains("empty") ? ", or remove the file where `gatehouse setup apply` is to make it" : ""
    #expect(
      problems(instance("{file: \(folder.file("secret"))}"), environment: good) == [
        "g.yaml:2:53: `token`: the file `\(folder.file("secret"))` \(said)\(another)"
      ])
    #expect(
      problems(instance("{env: IT}"), environment: ["GOOD": "good", "IT": content]) == [
        "g.yaml:2:52: `token`: the environment variable `IT` \(said)"
      ])
  }

  @Test func isNoFile() {
    let place = "g.yaml:2:53: `token`: the file `\(folder.file("secret"))`"
    #expect(
      problems(instance("{file: \(folder.path)}"), environment: good) == [
        "g.yaml:2:53: `token`: the file `\(folder.path)`: it is a directory; name a file in it"
      ])
    #expect(
      problems(instance("{file: \(folder.file("secret"))}"), environment: good) == [
        "\(place): there is no such file; `gatehouse setup apply` makes it, or correct the path"
      ])
    makeFile(folder.file("secret"), [0x61, 0xFF])
    #expect(
      problems(instance("{file: \(folder.file("secret"))}"), environment: good) == [
        "\(place) has a character that is not printable ASCII (a tab, say, or a byte order mark); \(Self.onlyIt)"
      ])
    makeFile(folder.file("secret"), [UInt8](repeating: 0x61, count: 4_097))
    #expect(
      problems(instance("{file: \(folder.file("secret"))}"), environment: good) == [
        "\(place): it is larger than 4096 bytes and can hardly be what is meant; name the right file"
      ])
    #expect(
      problems(instance("{env: IT}"), environment: ["GOOD": "good", "IT": String(repeating: "a", count: 4_097)]) == [
        "g.yaml:2:52: `token`: the environment variable `IT` is larger than 4096 bytes; \(Self.onlyIt)"
      ])
  }

  @Test(arguments: ["hunter2", "hunter2\n", "hunter2\r\n", "hunter 2", String(repeating: "h", count: 4_095) + "\n"])
  func isRead(_ content: String) throws {
    makeFile(folder.file("secret"), Array(content.utf8))
    let configuration = try Configuration.parse(instance("{file: \(folder.file("secret"))}"), file: "g.yaml", environment: good)
    #expect(configuration.gitlab.map { $0.token.reveal() } == [content.filter { !$0.isNewline }])
    #expect(configuration.warnings.isEmpty)
  }

  @Test(arguments: [0o604, 0o640, 0o666, 0o444] as [mode_t]) func othersMayReadIt(_ mode: mode_t) throws {
    makeFile(folder.file("secret"), Array("hunter2".utf8), mode: mode)
    let configuration = try Configuration.parse(instance("{file: \(folder.file("secret"))}"), file: "g.yaml", environment: good)
    #expect(
      configuration.warnings == [
        "g.yaml:2:53: `token`: the file `\(folder.file("secret"))` can be read by others than its owner; chmod 600 it"
      ])
  }

  @Test(arguments: [
    "whsec_", "hunter2", "whsec_" + String(repeating: "A", count: 44), "whsec_" + String(repeating: "A", count: 42) + "B=",
    "whsec_" + String(repeating: "A", count: 43), "WHSEC_" + String(repeating: "A", count: 43) + "=",
    "whsec_" + String(repeating: "-", count: 43) + "=", "whsec_" + String(repeating: "A", count: 87) + "=",
  ]) func isNoSigningToken(_ content: String) {
    #expect(
      problems(instance("{env: IT}", "signing_token: {env: SIGNING}"), environment: ["IT": "hunter2", "SIGNING": content]) == [
        "g.yaml:3:20: `signing_token` is not whsec_ and the base64 of 32 bytes; copy it again from the webhook's settings in GitLab"
      ])
  }

  @Test func isASigningToken() throws {
    let content = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
    let configuration = try Configuration.parse(
      instance("{env: IT}", "signing_token: {env: SIGNING}"), file: "g.yaml", environment: ["IT": "hunter2", "SIGNING": content])
    #expect(configuration.gitlab.map { $0.signingToken?.reveal() } == [content])
    #expect(configuration.gitlab.map { $0.webhookToken == nil } == [true])
    #expect(configuration.warnings.isEmpty)
  }

  @Test(arguments: ["glpat-a", "x glpat-a", "https://oauth2:glpat-a@g.test", "/ght_a", "whsec_"]) func looksLikeASecret(_ text: String) {
    #expect(shown(text) == "a text that looks like a secret")
  }

  @Test(arguments: ["/run/secrets/freight_token", "night_shift", "GLPAT", "glpat_token", "gl-pat"]) func looksLikeNone(_ text: String) {
    #expect(shown(text) == "`\(text)`")
  }

  @Test func isNeverShown() throws {
    let configuration = try Configuration.parse(instance("{env: IT}"), file: "g.yaml", environment: ["GOOD": "good", "IT": "hunter2"])
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(!"\(configuration)".contains("hunter2"))
    #expect(!String(reflecting: configuration).contains("hunter2"))
    #expect("\(try #require(configuration.gitlab.first).token)" == "<secret>")
  }

  private func instance(_ secret: String, _ more: String = "webhook_token: {env: GOOD}") -> String {
    completed("gitlab:\n  - {name: main, url: https://g.test, token: \(secret),\n    \(more)}")
  }

  private let good = ["GOOD": "good"]

  private static let inTheFile =
    "`token` must not stand in this file; put it in a file or an environment variable of its own and write {file: PATH} or {env: NAME}"
  private static let oneKey = "`token` must be {file: PATH} or {env: NAME}, with that one key"
  private static let notAName = "`token`: `env` must be the name of an environment variable, of letters, digits and underscores"
  private static let onlyIt = "it must hold the secret and nothing else"
}
