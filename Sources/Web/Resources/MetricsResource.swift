internal import ChangeControl
internal import HTTPMessages
internal import HTTPTypes
internal import Storage

/// What a monitoring system reads, in Prometheus's text format. Asks for no token, and tells no name but those of the configured GitLabs.
enum MetricsResource {
  static let routes: [Route] = [Route(.get, "/metrics", .open(tell))]

  /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
  private static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  private static func tell(_ call: Call, settings: WebSettings) -> Work {
    .read { reading in
      let text = try text(settings, in: reading)
      return Response(head: HTTPResponse(status: .ok, headerFields: [.contentType: mediaType]), body: Array(text.utf8))
    }
  }

  /// What never was is told as 0: an alert on an increase sees the first one only then.
  private static func text(_ settings: WebSettings, in reading: Reading) throws -> String {
    let instances = settings.gate.plan.instances.map(\.name)
    let counts = settings.counts.all
    let lines =
      try drifts(instances, counts, in: reading) + unseen(instances, in: reading) + looks(instances, in: reading)
      + past(counts) + tokens(instances, counts, in: reading)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func drifts(_ instances: [String], _ counts: EventCounts.Counts, in reading: Reading) throws -> [String] {
    let checks = Footing.Check.allCases.map(\.rawValue)
    let standing = try reading.standingDrifts()
    var lines = family("gatehouse_drift_findings", "gauge", "What drifted in GitLab, is not mended, and is looked at.")
    for instance in instances {
      for check in checks {
        let count = standing.first { $0.instance == instance && $0.check == check }?.count ?? 0
        lines.append("gatehouse_drift_findings{\(labels(instance, check))} \(count)")
      }
    }
    lines += family(
      "gatehouse_drift_total", "counter", "Drifts in GitLab detected, resolved, and looked at no more, since the server started.")
    for instance in instances {
      for check in checks {
        for turn in Drift.Turn.allCases.map(\.rawValue) {
          let count = counts.drifts[.init(instance: instance, check: check, turn: turn)] ?? 0
          lines.append("gatehouse_drift_total{\(labels(instance, check)),turn=\"\(turn)\"} \(count)")
        }
      }
    }
    return lines
  }

  /// How many environments or projects, and not which: their names are nobody's who has shown no token. `gatehouse check` and the log have them.
  private static func unseen(_ instances: [String], in reading: Reading) throws -> [String] {
    let unseen = try reading.unseenCounts()
    var lines = family(
      "gatehouse_drift_unseen", "gauge", "Environments and projects of which the last look could not see whether they drift.")
    // Nothing is told of a GitLab that was never looked at. Of one with more projects than a look has room for no look is whole.
    for instance in instances {
      guard try reading.instance(named: instance)?.lookedAt != nil || unseen.contains(where: { $0.instance == instance }) else { continue }
      for check in Footing.Check.seenAlone.map(\.rawValue) {
        let count = unseen.first { $0.instance == instance && $0.check == check }?.count ?? 0
        lines.append("gatehouse_drift_unseen{\(labels(instance, check))} \(count)")
      }
    }
    return lines
  }

  private static func looks(_ instances: [String], in reading: Reading) throws -> [String] {
    var lines = family("gatehouse_drift_last_look_timestamp_seconds", "gauge", "When all that could drift was last looked at.")
    for instance in instances {
      guard let at = try reading.instance(named: instance)?.lookedAt else { continue }
      lines.append("gatehouse_drift_last_look_timestamp_seconds{instance=\"\(escaped(instance))\"} \(at.milliseconds / 1_000)")
    }
    return lines
  }

  private static func past(_ counts: EventCounts.Counts) -> [String] {
    family("gatehouse_past_the_gate_total", "counter", "What others did in GitLab past the gate, since the server started.")
      + EventCounts.PastTheGate.allCases.map { kind in
        "gatehouse_past_the_gate_total{kind=\"\(kind.rawValue)\"} \(counts.pastTheGate[kind] ?? 0)"
      }
  }

  private static func tokens(_ instances: [String], _ counts: EventCounts.Counts, in reading: Reading) throws -> [String] {
    var lines = family(
      "gatehouse_token_rotations_total", "counter", "Tries of this server to rotate an access token, since it started.")
    for instance in instances {
      for outcome in EventCounts.Rotation.allCases {
        let count = counts.rotations[.init(instance: instance, outcome: outcome)] ?? 0
        lines.append(
          "gatehouse_token_rotations_total{instance=\"\(escaped(instance))\",outcome=\"\(outcome.rawValue)\"} \(count)")
      }
    }
    lines += family("gatehouse_token_expires_timestamp_seconds", "gauge", "When an access token ends; not there for one that never does.")
    for instance in instances {
      let known = try reading.instance(named: instance)
      for (token, end) in [("token", known?.tokenExpiresAt), ("admin_token", known?.adminTokenExpiresAt)] {
        guard let end else { continue }
        lines.append(
          "gatehouse_token_expires_timestamp_seconds{instance=\"\(escaped(instance))\",token=\"\(token)\"} \(end.milliseconds / 1_000)")
      }
    }
    return lines
  }

  private static func family(_ name: String, _ type: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
  }

  private static func labels(_ instance: String, _ check: String) -> String { "instance=\"\(escaped(instance))\",check=\"\(check)\"" }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
