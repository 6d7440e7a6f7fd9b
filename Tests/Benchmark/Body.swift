import JSON

/// The bodies of webhooks: GitLab's own, for another deployment each.
struct Body {
  private let before: [UInt8]
  private let after: [UInt8]

  /// Reads the fixture that the tests translate.
  init() throws {
    let path = "Tests/GitLabTests/Fixtures/deployment-blocked.json"
    guard let file = Files.read(path) else { throw Trouble("there is no \(path): run this in the clone, by make bench") }
    // GitLab sends no white space.
    let text = try JSONValue.parse(file).text
    guard let place = text.firstRange(of: "\"deployment_id\":815") else { throw Trouble("\(path) is not what it was") }
    before = Array((text[..<place.lowerBound] + "\"deployment_id\":").utf8)
    after = Array(text[place.upperBound...].utf8)
  }

  /// Apart from the ids of the simulated GitLab, and all of one length.
  static func deployment(_ number: Int) -> Int { 1_000_000_000 + number }

  static func key(_ number: Int) -> String { "bench-\(deployment(number))" }

  func bytes(_ number: Int) -> [UInt8] { before + Array(String(Body.deployment(number)).utf8) + after }
}
