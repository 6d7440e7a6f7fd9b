/// Every bound of the HTTP client, each with its reason. A limit that is met ends in a `TransportFailure`, never in waiting.
package struct ClientLimits: Sendable, Hashable {
  /// Name, TCP and TLS together. A healthy network needs well under a second; five cover one lost SYN and a slow resolver.
  package var connectTimeout: Duration = .seconds(5)
  /// From the start of the transfer, connecting included, to the end of the answer's head. GitLab's web workers are killed after 60 s, but
  /// an API call that has said nothing for 15 s is better read back than waited for.
  package var firstByteTimeout: Duration = .seconds(15)
  /// From the start of the transfer to the answer's last byte: a page of a hundred deployments over a slow line.
  package var wholeTimeout: Duration = .seconds(30)
  /// How long a request waits for its turn before it is given back unsent: as long as the slowest transfer before it may take.
  package var queueTimeout: Duration = .seconds(30)
  /// How long `shutDown` lets transfers under way finish: well inside the ten seconds after which container runtimes kill.
  package var shutdownGrace: Duration = .seconds(5)
  /// The answer's head with its trailers: eight times what nginx sends at most by default.
  package var headBytes = 64 << 10
  /// The answer's body. A hundred deployments with their jobs and commits come to about 1 MiB.
  package var bodyBytes = 8 << 20
  /// Requests under way to one origin at a time. GitLab counts them against one user's rate limit; more would only queue in its workers.
  package var concurrencyPerOrigin = 8
  /// Requests that may wait for one origin. What is beyond waits in the outbox, on disk, where it is seen.
  package var queueLengthPerOrigin = 256
  /// How long an unused connection is kept. Below the 60 s to 75 s after which nginx and common load balancers close theirs, so that a request
  /// seldom meets a connection that is just being closed.
  package var idleConnection: Duration = .seconds(55)

  package init() {}
}
