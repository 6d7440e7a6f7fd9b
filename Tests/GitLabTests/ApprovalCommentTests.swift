import Testing

@testable import GitLab

@Suite struct ApprovalCommentTests {
  private static let url = "https://gatehouse.example.com"
  private static let link = "https://gatehouse.example.com/changes/CHG-42"

  private func approval(_ names: [String], required: Int = 2, url: String = url) -> String {
    ApprovalComment.approval(key: "CHG-42", approvers: names, required: required, publicURL: url)
  }

  private func rejection(_ reason: String?, by person: String? = "carol", url: String = url) -> String {
    ApprovalComment.rejection(key: "CHG-42", by: person, reason: reason, publicURL: url)
  }

  @Test func namesTheChangeThePeopleAndTheAddress() {
    #expect(approval(["alice", "bob"]) == "CHG-42 approved by alice, bob (2 of 2) \(Self.link)")
    #expect(approval([], required: 0) == "CHG-42 approved by policy \(Self.link)")
    #expect(rejection("freeze\nuntil Monday") == "CHG-42 rejected by carol: freeze until Monday \(Self.link)")
    #expect(rejection(nil) == "CHG-42 rejected by carol \(Self.link)")
    #expect(rejection("  ", by: nil) == "CHG-42 rejected by policy \(Self.link)")
  }

  @Test func namesWithoutRoomAreCounted() {
    let names = (1...60).map { "approver-\($0)" }
    let comment = approval(names, required: 60)
    #expect(comment.hasPrefix("CHG-42 approved by approver-1, approver-2, "))
    #expect(comment.contains(" more (60 of 60) \(Self.link)"))
    let shown = comment.split(separator: ",").count
    #expect(comment.contains("and \(60 - shown) more"))
    // One name more would not have fitted.
    #expect(comment.unicodeScalars.count <= 255 && comment.unicodeScalars.count > 235)
  }

  @Test(arguments: [0, 1, 150, 186, 187, 188, 250, 255, 256, 5_000])
  func neverLongerThanGitLabTakesAndTheAddressWhole(length: Int) {
    for letter in ["x", "é", "👩‍💻"] {
      let text = String(repeating: letter, count: length)
      for comment in [rejection(text), approval([text, text]), rejection("no", by: text)] {
        #expect(comment.unicodeScalars.count <= 255)
        #expect(comment.hasSuffix(" " + Self.link))
        #expect(comment.hasPrefix("CHG-42 "))
      }
    }
    #expect(rejection(String(repeating: "x", count: 256)).contains("…"))
  }

  @Test(arguments: [150, 186, 187, 188, 220, 300])
  func anAddressThatFindsNoRoomIsLeftOut(length: Int) {
    let url = "https://" + String(repeating: "h", count: length - 8)
    for comment in [rejection("no", url: url), approval(["alice", "bob"], url: url)] {
      #expect(comment.unicodeScalars.count <= 255)
      #expect(comment.hasSuffix("/changes/CHG-42") || !comment.contains("https://"))
      #expect(comment.contains("alice, bob (2 of 2)") || comment.contains("rejected by carol: no"))
    }
  }
}
