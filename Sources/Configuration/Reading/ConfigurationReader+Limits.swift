extension ConfigurationReader {
  /// `server.limits`. What is left out stays as it is.
  func limits(_ section: Section?) -> ServerLimits {
    var limits = ServerLimits()
    guard let section else { return limits }
    section.whole("connections", in: Limits.connections, into: &limits.connections)
    if section.has("connections_by_address") {
      var byAddress = 0
      section.whole("connections_by_address", in: Limits.connectionsByAddress, into: &byAddress)
      limits.connectionsByAddress = byAddress
      if byAddress > limits.connections {
        report.problem(
          "`connections_by_address` is more than the \(limits.connections) connections there are in all; write fewer, or raise `connections`",
          at: section.position(of: "connections_by_address"))
      }
    }
    section.duration("header_timeout", in: Limits.headerTimeout, into: &limits.headerTimeout)
    section.duration("body_timeout", in: Limits.bodyTimeout, into: &limits.bodyTimeout)
    section.duration("idle_timeout", in: Limits.idleTimeout, into: &limits.idleTimeout)
    section.duration("write_timeout", in: Limits.writeTimeout, into: &limits.writeTimeout)
    section.duration("drain_timeout", in: Limits.drainTimeout, into: &limits.drainTimeout)
    section.size("webhook_body", in: Limits.webhookBody, into: &limits.webhookBody)
    section.size("bodies_in_memory", in: Limits.bodiesInMemory, into: &limits.bodiesInMemory)
    return limits
  }
}

extension Section {
  fileprivate func whole(_ key: String, in range: ClosedRange<Int64>, into value: inout Int) {
    if let read = node(key).flatMap({ report.whole($0, key, in: range) }) { value = Int(read) }
  }

  fileprivate func duration(_ key: String, in range: ClosedRange<Duration>, into value: inout Duration) {
    if let read = duration(key, in: range) { value = read }
  }

  fileprivate func size(_ key: String, in range: ClosedRange<Int>, into value: inout Int) {
    if let read = node(key).flatMap({ report.size($0, key, in: range) }) { value = read }
  }
}
