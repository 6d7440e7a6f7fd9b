package import HTTPMessages
package import Storage

/// What a request comes to. Web never waits: the rim runs the work on the thread it is for, and answers with what comes of it.
package enum Work: Sendable {
  /// Nothing to look up.
  case answer(Response)
  /// To run on a reader.
  case read(@Sendable (Reading) throws -> Response)
  /// To begin on a reader, and to go on there as fast as the other end takes it.
  case stream(@Sendable (Reading) throws -> StreamedResponse)
  /// To run on a reader, and then to be told of each event until the other end has enough.
  case subscribe(@Sendable (Reading) throws -> Subscription)
  /// To run in the writer's transaction. The answer is true once that is committed; what it throws rolls it back.
  case write(@Sendable (Transaction) throws -> Response)
  /// The same, about nobody's request: who asks at the same time may share one answer, stamped for each. A write for every question would let
  /// strangers fill the writer's queue.
  case prove(@Sendable (Transaction) throws -> Response)
  /// To be carried out step by step, for a GitLab has to be asked.
  case errand(Errand)
}

/// What becomes of a request whose head is known, before any of its body is read.
package enum Entry: Sendable {
  /// Read the body; the work is then asked of this.
  case body(AdmittedHead)
  /// The final answer.
  case answer(Response)
}
