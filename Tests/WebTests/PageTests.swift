import Testing

@testable import Web

/// The links in GitLab's approval comments lead to a page, for whoever clicks on them there.
@Suite struct PageTests {
  let house: House

  init() throws { house = try House() }

  @Test func aPageTellsWhereToLookAndNothingElse() throws {
    let known = house.send(.get, "/changes/CHG-1")
    #expect(known.status == .ok)
    #expect(known["Content-Type"] == "text/html; charset=utf-8")
    #expect(known["Content-Security-Policy"]?.contains("default-src 'none'") == true)
    #expect(known.text.contains("gatehouse change explain CHG-1"))
    // Of a change that nobody has heard of it says the same.
    let unknown = house.send(.get, "/changes/CHG-999999")
    #expect(unknown.text == known.text.replacing("CHG-1", with: "CHG-999999"))
  }

  @Test(arguments: ["CHG-", "CHG-1a", "chg-1", "CHG-%3Cscript%3E", "CHG-1/x", "1", "CHG-1234567890123456789"])
  func whatIsNoKeyHasNoPage(_ key: String) {
    let answer = house.send(.get, "/changes/\(key)")
    #expect(answer.status == .notFound)
    #expect(answer.code == "not_found")
  }

  @Test func answersOfTheAPIAreLines() {
    #expect(house.send(.get, "/healthz").text.hasSuffix("}\n"))
    #expect(house.send(.get, "/nothing").text.hasSuffix("}\n"))
  }
}
