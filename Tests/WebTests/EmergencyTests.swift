import Calendar
import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Past the rules, over REST: break the glass, review it, override a freeze, approve for later.
@Suite struct EmergencyTests {
  let house: House
  let path: String

  init() throws {
    var plan = ControlPlan.example
    plan.groups["on-call"] = .listed(["oscar"])
    plan.policies["two-people"]?.breakGlass = BreakGlass(group: "on-call", reviewWithin: .seconds(3_600))
    house = try House(plan: plan)
    path = "/api/v1/changes/" + (try house.deployment(.blocked()))
  }

  @Test func aBrokenGlassShowsUntilItIsReviewed() throws {
    let broken = house.send(.post, path + "/break-glass", as: "oscar", body: #"{"reason":"checkout is down"}"#)
    #expect(broken.status == .created)
    #expect(broken.json["gate"] == "allowed")
    #expect(broken.json["break_glass"] == ["by": "oscar", "reason": "checkout is down", "at": .string(house.now.iso8601)])
    #expect(broken.json["review"]?["due_at"] == .string((house.now + .seconds(3_600)).iso8601))
    #expect(broken.json["review"]?["done_at"]?.isNull == true)
    #expect(reviews("owed") == ["CHG-1"] && reviews("overdue") == [] && reviews("done") == [])
    house.now = house.now + .seconds(3_601)
    #expect(reviews("overdue") == ["CHG-1"])

    #expect(house.send(.post, path + "/review", as: "oscar", body: #"{"comment":"fine"}"#).code == "own_break_glass")
    let reviewed = house.send(.post, path + "/review", as: "alice", body: #"{"comment":"it was right"}"#)
    #expect(reviewed.status == .created)
    #expect(reviewed.json["review"]?["by"] == "alice")
    #expect(reviews("owed") == [] && reviews("overdue") == [] && reviews("done") == ["CHG-1"])
  }

  @Test func aReasonIsNeeded() {
    for body in ["{}", #"{"reason":"  "}"#, #"{"reason":null}"#] {
      let response = house.send(.post, path + "/break-glass", as: "oscar", body: body)
      #expect(response.status == .unprocessableContent && response.code == "reason_required", "\(body)")
    }
    #expect(house.send(.post, path + "/break-glass", as: "oscar", body: #"{"because":"x"}"#).status == .unprocessableContent)
    #expect(house.send(.post, path + "/review", as: "alice", body: "{}").code == "comment_required")
    #expect(house.send(.post, path + "/freeze-override", as: "oscar", body: "{}").code == "reason_required")
  }

  /// The same wish again is no second one: nothing is added, and the answer does not say that something was.
  @Test func anOverrideIsAddedOnce() throws {
    var plan = ControlPlan.example
    let period = try #require(Period(start: House.start - .seconds(60), end: House.start + .seconds(60)))
    plan.policies["two-people"]?.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))]
    plan.policies["two-people"]?.freezeOverride = "release-managers"
    let house = try House(plan: plan)
    let path = "/api/v1/changes/" + (try house.deployment(.blocked()))
    let first = house.send(.post, path + "/freeze-override", as: "alice", body: #"{"reason":"carts are lost"}"#)
    #expect(first.status == .created)
    let again = house.send(.post, path + "/freeze-override", as: "alice", body: #"{"reason":"they are still"}"#)
    #expect(again.status == .ok)
    #expect(again.json == first.json, "neither the wish nor the revision is another")
    #expect(house.send(.post, path + "/freeze-override", as: "bob", body: #"{"reason":"they are"}"#).status == .created)
  }

  @Test func whoMay() {
    func breakGlass(_ user: String) -> Response { house.send(.post, path + "/break-glass", as: user, body: #"{"reason":"now"}"#) }
    #expect(breakGlass("alice").code == "insufficient_role")
    #expect(breakGlass("adam").code == "break_glass_not_allowed")
    #expect(house.send(.post, path + "/freeze-override", as: "alice", body: #"{"reason":"now"}"#).code == "freeze_override_not_allowed")
    #expect(house.send(.get, path, as: "vera").json["gate"] == "awaiting")
  }

  @Test func anApprovalForLater() {
    let tonight = house.now + .seconds(7_200)
    let body = #"{"status":"approved","effective_at":"\#(tonight.iso8601)"}"#
    let approved = house.send(.post, path + "/approval", as: "alice", body: body)
    #expect(approved.status == .created)
    #expect(approved.json["approvals"]?.array?.first?["effective_at"] == .string(tonight.iso8601))
    #expect(approved.json["approvals"]?.array?.first?["rule"]?.isNull == true)
    let rejected = house.send(.post, path + "/approval", as: "bob", body: body.replacing("approved", with: "rejected"))
    #expect(rejected.status == .unprocessableContent)
    let slip = (house.now - .seconds(366 * 86_400)).iso8601
    let tooEarly = house.send(.post, path + "/approval", as: "bob", body: #"{"status":"approved","effective_at":"\#(slip)"}"#)
    #expect(tooEarly.code == "effective_too_early")
    #expect(tooEarly.status == .unprocessableContent)
    let unreadable = house.send(.post, path + "/approval", as: "bob", body: #"{"status":"approved","effective_at":"tonight"}"#)
    #expect(unreadable.status == .unprocessableContent)
  }

  private func reviews(_ state: String) -> [String] {
    house.send(.get, "/api/v1/changes?review=\(state)", as: "vera").json.keys
  }
}
