/// Every bound of the listener, in one place, each with its reason. Sizes are bytes. Tests make them small.
package struct Limits: Sendable {
  // MARK: The message head

  /// A request line, without its CRLF. RFC 9112 §3 asks for at least 8000; longer is 414.
  package var requestLine = 8192
  /// One field line, without its CRLF: what nginx allows a proxy to pass on. Longer is 431.
  package var fieldLine = 8192
  /// A whole head. Node's bound too; GitLab's hooks send under 1 KiB. Larger is 431.
  package var head = 16 * 1024
  /// Field lines in a head: hyper's bound. A field costs far more memory than its bytes. More is 431.
  package var fields = 100

  // MARK: The message body

  /// A chunk's size line with its extensions: room for any size in hexadecimal and a short extension.
  package var chunkLine = 256
  /// All chunk extensions of one body (RFC 9112 §7.1.1 asks for a bound): hyper's bound.
  package var chunkExtensions = 16 * 1024
  /// The trailer section of one body. Nothing here reads trailers.
  package var trailers = 8 * 1024
  /// Trailer field lines of one body.
  package var trailerFields = 32
  /// Body bytes held for all connections together. 4096 clients may each be allowed a webhook of 25 MB; the process may not
  /// grow by 100 GB. Above it a request is answered 503.
  package var bodiesInAll = 256 * 1024 * 1024
  /// The same, for bodies whose sender the head does not prove (a signed webhook, say): what strangers can make the process hold.
  package var anonymousBodiesInAll = 64 * 1024 * 1024
  /// A body up to this size is taken even when there is no room left for others: so strangers' large bodies do not shut out GitLab's hooks,
  /// which have some 4 KiB. It adds at most this for each connection.
  package var assuredBody = 16 * 1024
  /// A body that nobody wants is read and dropped up to this length to keep its connection; beyond it the connection is closed.
  package var unwantedBody = 64 * 1024

  // MARK: Time

  /// From accepting a connection to its first byte; then it is closed without a word.
  package var firstByte = Duration.seconds(10)
  /// From the first byte of a head to its last: dripping bytes do not extend it. Then 408.
  package var headComplete = Duration.seconds(10)
  /// Between two reads of a body, and before its rate counts; then 408.
  package var bodyRead = Duration.seconds(10)
  /// Bytes a second that a body has to come with: each that came gives it more time (Apache's mod_reqtimeout: 500). Slower is 408.
  package var bodyRate = 1024
  /// For a body in all: dripping bytes do not extend it. Then 408.
  package var bodyComplete = Duration.seconds(60)
  /// Between two requests. Longer than the 60 s for which nginx keeps upstream connections, or it would send into a closing one (502).
  package var idle = Duration.seconds(65)
  /// For the handler to answer. GitLab gives a hook 10 s; 503 before that tells it what happened.
  package var handler = Duration.seconds(8)
  /// The window in which a client has to read `responseRate` of each second's bytes, or all there is; else the connection is dropped.
  package var writeStall = Duration.seconds(10)
  /// Bytes a second that a client has to read with. Progress is seen in steps of `unsentInKernel`, so a window must hold several.
  package var responseRate = 1024
  /// For the other end to acknowledge what the kernel has sent it. Who vanishes without a word would else keep its place for the quarter of an
  /// hour in which TCP tries again.
  package var silence = Duration.seconds(30)
  /// For the other end to read the last response and close (RFC 9112 §9.6).
  package var linger = Duration.seconds(2)
  /// For requests under way at shut-down.
  package var drain = Duration.seconds(10)
  /// How long accepting pauses when the process or the system is out of descriptors or memory.
  package var acceptPause = Duration.milliseconds(200)
  /// What `Retry-After` says with a 503. GitLab disables a hook for 60 s after four failures: overload must be shorter than that.
  package var retryAfter = Duration.seconds(5)
  /// The least time between two reports of the same standing condition, so that an overload does not flood the log.
  package var reportInterval = Duration.seconds(10)

  // MARK: Connections

  /// Connections served at once, requests whose handler overran included. Above it a connection is answered 503 and closed.
  package var connections = 4096
  /// Connections of one client address, of an IPv6 client its /64 (one customer of a provider has all of it); nil is half of all. One above
  /// it is answered 503 and closed: one client may not take every place.
  package var connectionsByAddress: Int?
  /// Connections above the limit that are being told so; beyond these, clients wait in the kernel's queue.
  package var refusals = 64
  /// Descriptors left to the database, the log and the client when the process may open fewer than `connections`.
  package var descriptorReserve = 128
  /// Requests on one connection, so that memory and load move on now and then (nginx: 1000).
  package var requestsPerConnection = 1000
  /// The kernel's queue of connections not yet accepted (nginx: 511).
  package var backlog: Int32 = 511
  /// New connections taken in one turn of the loop, so that a rush does not starve the open ones.
  package var acceptsPerTurn = 64

  // MARK: Input and output

  /// One read from a socket: also the most that is held of requests not yet begun.
  package var readSize = 64 * 1024
  /// Reads from one connection in one turn of the loop, so that a fast upload does not starve the others.
  package var readsPerTurn = 4
  /// Bytes of a response that the kernel holds before the window of the client takes them (TCP_NOTSENT_LOWAT): a slow reader costs little,
  /// and its progress shows.
  package var unsentInKernel: Int32 = 32 * 1024
  /// No further request of a connection is begun while more than this of its responses is unsent.
  package var unsentResponse = 256 * 1024
  /// No further piece of streamed content is made while more than this is unsent.
  package var unsentContent = 32 * 1024
  /// What is read and dropped from a connection that is being closed.
  package var lingerBytes = 256 * 1024
  /// A connection keeps buffers up to this size from one request to the next; larger ones are given back.
  package var keptBuffer = 16 * 1024

  package init() {}

  /// Files that the process has to be able to open for all its connections.
  package var openFiles: Int { connections + refusals + descriptorReserve }

  /// Connections served where the process may open so many files. It keeps some for its database, log and outgoing connections, or it would
  /// accept requests that it cannot carry out.
  package func connections(within openFiles: Int) -> Int { max(1, min(connections, openFiles - refusals - descriptorReserve)) }

  /// What a client has to read of a response in `writeStall`.
  var responseWindow: Int { responseRate * Int(writeStall / .milliseconds(1)) / 1000 }
}
