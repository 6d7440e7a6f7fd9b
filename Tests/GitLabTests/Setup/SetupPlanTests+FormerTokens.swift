@testable import GitLab

/// The account's tokens that apply has made, where another is or comes in their place.
extension SetupPlanTests {
  /// On record; the whole sample's own is 11.
  private static func remember(_ memory: inout SetupMemory, isKept: Bool = false) {
    memory.sentSecrets[7] = true
    memory.accountTokens = [
      .init(
        id: 12, name: "gatehouse former", place: .group(id: 2, path: "acme"), expiresOn: "2027-06-01", isInPlace: false, isKept: isKept)
    ]
  }

  private static let former = "access token gatehouse former"

  static let formerTokenCases: [Case] = [
    Case(
      name: "lost, and another comes", isWhole: true, target: { $0.token = .absentFile("secrets/token") },
      survey: {
        $0.ownToken = .absent
        $0.tokens = [SetupSamples.token(12)]
      }, memory: { remember(&$0) }, says: ["+ access token", "~ \(former)\n- revoked, once the new one is in its file"]),
    Case(
      name: "lost, where GitLab lists no tokens", isWhole: true, target: { $0.token = .absentFile("secrets/token") },
      survey: {
        $0.ownToken = .absent
        $0.tokens = nil
      }, memory: { remember(&$0) },
      says: ["= \(former)", "does not list the account's tokens to alice", "ends by itself on 2027-06-01"], doesNotSay: ["revoked,"]),
    Case(name: "gone by itself", isWhole: true, memory: { remember(&$0) }, says: [], doesNotSay: ["former"]),
    Case(
      name: "nobody has it", isWhole: true, survey: { $0.tokens?.append(SetupSamples.token(12)) }, memory: { remember(&$0) },
      says: ["~ \(former)\n- revoked: apply has made it, and nobody has it any more"]),
    Case(
      name: "kept in a file of its own", isWhole: true, survey: { $0.tokens?.append(SetupSamples.token(12)) },
      memory: { remember(&$0, isKept: true) }, says: [], doesNotSay: ["former"]),
    Case(
      name: "its account is gone, and it is with that", target: { $0.token = .absentFile("secrets/token") }, memory: { remember(&$0) },
      says: ["+ access token"], doesNotSay: ["former"]),
    Case(
      name: "no other can be made", isWhole: true, target: { ($0.token, $0.tokenFile) = (.absentVariable("GATE_TOKEN"), nil) },
      survey: {
        $0.ownToken = .absent
        $0.tokens = [SetupSamples.token(12)]
      }, memory: { remember(&$0) }, says: ["! access token"], doesNotSay: ["former"]),
  ]
}
