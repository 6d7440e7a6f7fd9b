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
    let checks = Footing.Check.allCases.map(\.rawValue)
    let standing = try reading.standingDrifts()
    let counts = settings.counts.all
    var lines = family("gatehouse_drift_findings", "gauge", "What drifted in GitLab and is not mended.")
    for instance in instances {
      for check in checks {
        let count = standing.first { $0.instance == instance && $0.check == check }?.count ?? 0
        lines.append("gatehouse_drift_findings{\(labels(instance, check))} \(count)")
      }
    }
    lines += family("gatehouse_drift_total", "counter", "Drifts in GitLab that were detected and resolved, since the server started.")
    for instance in instances {
      for check in checks {
        for turn in Drift.Turn.allCases.map(\.rawValue) {
          let count = counts.drifts[.init(instance: instance, check: check, turn: turn)] ?? 0
          lines.append("gatehouse_drift_total{\(labels(instance, check)),turn=\"\(turn)\"} \(count)")
        }
      }
    }
    lines += family("gatehouse_drift_last_look_timestamp_seconds", "gauge", "When all that could drift was last looked at.")
    for instance in instances {
      guard let at = try reading.instance(named: instance)?.lookedAt else { continue }
      lines.append("gatehouse_drift_last_look_timestamp_seconds{instance=\"\(escaped(instance))\"} \(at.milliseconds / 1_000)")
    }
    lines += family("gatehouse_past_the_gate_total", "counter", "What others did in GitLab past the gate, since the server started.")
    for kind in EventCounts.PastTheGate.allCases {
      lines.append("gatehouse_past_the_gate_total{kind=\"\(kind.rawValue)\"} \(counts.pastTheGate[kind] ?? 0)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func family(_ name: String, _ type: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
  }

  private static func labels(_ instance: String, _ check: String) -> String { "instance=\"\(escaped(instance))\",check=\"\(check)\"" }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
