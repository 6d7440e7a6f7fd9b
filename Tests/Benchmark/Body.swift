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

/// Requests that differ by the number of their deployment alone, in the bytes of one: the load shares the processors with what it measures, and
/// should take little of them.
final class NumberedRequest {
  private var bytes: [UInt8]
  private let places: [Int]

  /// - Parameter first: the request with the number 0.
  init(_ first: [UInt8]) {
    bytes = first
    let digits = Array(String(Body.deployment(0)).utf8)
    places = first.indices.filter { first[$0...].starts(with: digits) }
  }

  func numbered(_ number: Int) -> [UInt8] {
    for place in places {
      var rest = Body.deployment(number)
      for index in (place..<place + 10).reversed() {
        bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
    }
    return bytes
  }
}
