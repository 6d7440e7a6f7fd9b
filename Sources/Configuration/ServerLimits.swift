/// What an administrator sets of the listener's bounds. The listener's own list has the others, and the reasons.
package struct ServerLimits: Sendable, Equatable {
  /// Served at once.
  package var connections = 4096
  /// Of one client address, of an IPv6 client its /64; nil is half of all.
  package var connectionsByAddress: Int?
  /// From the first byte of a request to the end of its header section.
  package var headerTimeout: Duration = .seconds(10)
  /// For a whole body.
  package var bodyTimeout: Duration = .seconds(60)
  /// Between two requests.
  package var idleTimeout: Duration = .seconds(65)
  /// In which a client has to take up its part of an answer.
  package var writeTimeout: Duration = .seconds(10)
  /// For requests under way when the server stops.
  package var drainTimeout: Duration = .seconds(10)
  /// Bytes of one webhook's body.
  package var webhookBody = 25 << 20
  /// Bytes of all bodies that are in memory at once.
  package var bodiesInMemory = 256 << 20

  package init() {}

  /// What changes only with a restart, by the name of its key.
  package var listener: [(key: String, value: String)] {
    [
      ("connections", "\(connections)"), ("connections_by_address", connectionsByAddress.map { "\($0)" } ?? "half of connections"),
      ("header_timeout", headerTimeout.configurationText), ("body_timeout", bodyTimeout.configurationText),
      ("idle_timeout", idleTimeout.configurationText), ("write_timeout", writeTimeout.configurationText),
      ("drain_timeout", drainTimeout.configurationText), ("bodies_in_memory", ByteCount.text(bodiesInMemory)),
    ]
  }
}
