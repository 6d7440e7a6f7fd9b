package import Calendar
package import JSON

/// A webhook of a project or a group as GitLab shows it: without its secrets.
package struct RegisteredWebhook: Sendable, Hashable {
  package var id: Int64
  /// Where it leads, without what may be secret in it: what is compared, shown and kept.
  package var url: String
  /// As GitLab has it, perhaps with a name and a password in it, or a query: sent back to GitLab, and nowhere else.
  var address: String
  package var deploymentEvents: Bool
  package var pipelineEvents: Bool
  package var pushEvents: Bool
  package var verifiesTLS: Bool
  /// Nil where GitLab does not say (before 19.0).
  package var hasToken: Bool?
  package var hasSigningToken: Bool?
  /// `executable`, `temporarily_disabled` or `disabled`; nil where GitLab does not say.
  package var alertStatus: String?
  package var disabledUntil: Instant?
  /// Whether GitLab sends nothing by it, for now or until somebody tests it.
  var isSwitchedOff: Bool { alertStatus.map { $0 != "executable" } ?? false }
  var createdAt: Instant?
  /// Whether its payload was given another shape.
  package var hasTemplate: Bool
  /// The flags of all events that it sends, by their names in GitLab's API: `deployment_events`.
  package var events: [String]
  private var silentEvents: [String]

  /// Whether it was made at that instant, which is GitLab's own too; nil where GitLab does not say. Within a second, for a release may write the time
  /// with other digits.
  func isMade(at instant: Instant) -> Bool? {
    createdAt.map { $0 - .seconds(1) < instant && instant < $0 + .seconds(1) }
  }

  package init?(_ value: JSONValue) {
    guard let id = value.id("id"), let url = value["url"]?.string else { return nil }
    self.id = id
    address = url
    self.url = RegisteredWebhook.shown(url)
    deploymentEvents = value["deployment_events"]?.bool ?? false
    pipelineEvents = value["pipeline_events"]?.bool ?? false
    pushEvents = value["push_events"]?.bool ?? false
    verifiesTLS = value["enable_ssl_verification"]?.bool ?? true
    hasToken = value["token_present"]?.bool
    hasSigningToken = value["signing_token_present"]?.bool
    alertStatus = value.text("alert_status", limit: 40)
    disabledUntil = value.instant("disabled_until")
    createdAt = value.instant("created_at")
    hasTemplate = value["custom_webhook_template"]?.string.map { !$0.isEmpty } ?? false
    let flags = (value.object?.members ?? []).filter { $0.name.hasSuffix("_events") && $0.name.utf8.count <= 60 }.prefix(60)
    events = flags.filter { $0.value.bool == true }.map(\.name).sorted()
    silentEvents = flags.filter { $0.value.bool == false }.map(\.name).sorted()
  }

  /// GitLab makes an `Authorization` field of the userinfo of an address (RFC 3986 §3.2.1), for a proxy before what it leads to.
  private static func shown(_ address: String) -> String {
    guard let mark = address.firstRange(of: "://") else { return String(address.prefix { $0 != "?" && $0 != "#" }) }
    let rest = address[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
    let authority = rest.prefix { $0 != "/" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return String(address[..<mark.upperBound] + host + rest[authority.endIndex...])
  }

  /// Whether its address has in it what is not shown.
  var hidesPart: Bool { address != url }

  /// What is put back when setup's update of it is undone.
  package var flags: JSONValue {
    [
      "deployment_events": .bool(deploymentEvents), "pipeline_events": .bool(pipelineEvents), "push_events": .bool(pushEvents),
      "enable_ssl_verification": .bool(verifiesTLS),
    ]
  }

  /// All that is switched on or off in it: what is otherwise later, somebody has switched.
  package var switches: JSONValue {
    var object: JSONObject = ["enable_ssl_verification": .bool(verifiesTLS)]
    for name in events { object.append(name, true) }
    for name in silentEvents { object.append(name, false) }
    return .object(object)
  }

  /// Those of its events that a gate takes. All else is ignored there.
  var gateEvents: [String] { (deploymentEvents ? ["deployment"] : []) + (pipelineEvents ? ["pipeline"] : []) }

  /// What several that lead to one gate have delivered more than once: one rule for plan and check.
  static func gateEvents(sentTwiceBy hooks: [RegisteredWebhook]) -> [String] {
    ["deployment", "pipeline"].filter { event in hooks.count { $0.gateEvents.contains(event) } > 1 }
  }

  /// One sending of a webhook, as GitLab keeps it for seven days (17.3). Nothing of what was sent or answered but its status.
  package struct Sending: Sendable, Hashable {
    /// GitLab numbers them as it writes them down. Nil where it does not say.
    package var id: Int64?
    /// `200`, or GitLab's words where nothing was answered: `internal error`.
    package var status: String
    package var at: Instant?

    package init?(_ value: JSONValue) {
      guard let status = value.text("response_status", limit: 60) ?? value["response_status"]?.integer.map(String.init) else { return nil }
      self.status = status
      id = value.id("id")
      at = value.instant("created_at")
    }

    /// To GitLab 2xx and 3xx are success; an event that was redirected has reached nobody (facts B, "Success test").
    package var hasArrived: Bool { status.hasPrefix("2") && status.utf8.count == 3 }
  }
}
