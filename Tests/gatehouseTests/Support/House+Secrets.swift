import GitLabSimulator
import HTTPTypes
import JSON
import TestSupport
import Testing

extension House {
  /// Every secret that this house has known, by what it is.
  private var secrets: [(name: String, text: String)] {
    let hooks =
      switch settings.proof {
      case .token: [("the webhook token", HouseSettings.webhookToken)]
      case .signature:
        [
          ("the signing token", HouseSettings.signingToken),
          ("the signing key", String(HouseSettings.signingToken.dropFirst("whsec_".count))),
        ]
      }
    return hooks + [("the GitLab token", HouseSettings.gitLabToken), ("the rotated GitLab token", SecretTests.rotatedToken)]
      + tokens.map { ("a bearer token", $0) }
  }

  private func expectNone(in bytes: [UInt8], _ place: String, location: SourceLocation = #_sourceLocation) {
    for secret in secrets {
      let isThere = bytes.contain(secret.text)
      #expect(!isThere, "\(secret.name) is in \(place)", sourceLocation: location)
    }
  }

  /// Looks for every secret in everything that has come out of the server and of the program's other verbs.
  func expectNoSecrets() async throws {
    #expect(tokens.count >= 3)
    var shown: [String: Int] = [:]
    for name in names(inFolder: folder.path) where name != "gitlab-token" && name != "signing-token" && name != "gatehouse.yaml" {
      var content = bytes(ofFile: folder.file(name))
      // `token create --json` shows its token, this one time.
      if name.hasSuffix(".out"), let token = (try? JSONValue.parse(content))?["token"]?.string, tokens.contains(token) {
        shown[token, default: 0] += 1
        content = Array(String(decoding: content, as: UTF8.self).replacing(token, with: "").utf8)
      }
      expectNone(in: content, name)
    }
    #expect(shown.count == tokens.count)
    #expect(shown.values.allSatisfy { $0 == 1 })
    #expect(names(inFolder: folder.path).contains("gatehouse.db") && names(inFolder: folder.path).contains("copy.db"))
    #expect(log.contains(#""level":"debug""#))
    for response in answers {
      expectNone(
        in: response.body, "the body of an answer: \(response.status) \(String(decoding: response.body.prefix(300), as: UTF8.self))")
      for field in response.head.headerFields { expectNone(in: Array(field.value.utf8), "the field \(field.name) of an answer") }
    }
    #expect(answers.count > 100)
    try expectTokenInItsField()
  }

  /// GitLab's token goes to GitLab in the one field that is for it, and nothing else of ours goes there at all.
  private func expectTokenInItsField() throws {
    #expect(requestsToGitLab.count > 100)
    for received in requestsToGitLab {
      let place = "\(received.method) \(received.path)"
      #expect(
        [HouseSettings.gitLabToken, SecretTests.rotatedToken].contains(received.request.head.headerFields[.privateToken]), "\(place)")
      for field in received.request.head.headerFields where field.name != .privateToken {
        expectNone(in: Array(field.value.utf8), "the field \(field.name) of \(place)")
      }
      expectNone(in: Array(received.path.utf8), place)
      expectNone(in: received.request.body, "the body of \(place)")
    }
  }

  /// What the server keeps on disk is for its own user's eyes.
  func expectPrivateFiles() throws {
    for name in ["gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "gatehouse.db.lock", "copy.db"] {
      #expect(mode(of: folder.file(name)) == 0o600, "\(name)")
    }
  }
}

extension HTTPField.Name {
  fileprivate static let privateToken = HTTPField.Name("PRIVATE-TOKEN") ?? .accept
}
