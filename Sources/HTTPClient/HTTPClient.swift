import CCurl
import Glibc
import HTTPMessages

/// Why there is no client: an error of the configuration or of the machine.
package struct ClientSetupError: Error, Sendable, Hashable, CustomStringConvertible {
  package var reason: String

  package var description: String { reason }
}

/// The one way out of the program: libcurl's multi interface on a thread of its own.
///
/// Connections are kept and used again, TLS is verified (peer and host), redirects are answers like any other, everything has a limit
/// (`ClientLimits`). One client serves any number of origins that share a CA file. Cancelling the task that waits in `send` ends its transfer.
package final class HTTPClient: Transport, Sendable {
  private let limits: ClientLimits
  private let unixSocket: String?
  private let mailbox: Mailbox

  /// - Parameters:
  ///   - certificateAuthorityFile: PEM; what it vouches for is trusted instead of what the system trusts.
  ///   - unixSocket: the path of a Unix socket over which every origin is reached, whatever its name.
  package init(
    limits: ClientLimits = ClientLimits(), certificateAuthorityFile: String? = nil, unixSocket: String? = nil
  ) throws(ClientSetupError) {
    if let certificateAuthorityFile, access(certificateAuthorityFile, R_OK) != 0 {
      throw ClientSetupError(reason: "the CA file \(certificateAuthorityFile) cannot be read; check ca_file and the file's permissions")
    }
    guard HTTPClient.isLibraryReady, let pointer = curl_multi_init() else {
      throw ClientSetupError(reason: "libcurl does not start; is the machine out of memory?")
    }
    // The pool. Beyond it the connection unused longest is closed.
    ccurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, limits.concurrencyPerOrigin * 4)
    let multi = MultiHandle(pointer: pointer)
    let mailbox = Mailbox(multi: multi)
    let setup = TransferSetup(limits: limits, certificateAuthorityFile: certificateAuthorityFile, unixSocket: unixSocket)
    let hasStarted = startThread {
      var loop = TransferLoop(multi: multi, mailbox: mailbox, setup: setup)
      loop.run()
    }
    guard hasStarted else {
      curl_multi_cleanup(pointer)
      throw ClientSetupError(reason: "no thread for libcurl; raise the limit of processes (ulimit -u)")
    }
    self.limits = limits
    self.unixSocket = unixSocket
    self.mailbox = mailbox
  }

  /// Nobody waits in `send` any more (it holds the client), so there is nothing to let finish.
  deinit { _ = mailbox.post(.shutDown(grace: .zero, nil)) }

  /// Sends one request to `scheme://authority` and waits for the whole answer. The path goes out byte for byte; fields that frame the message are
  /// the client's. A body is sent with its Content-Length.
  package func send(_ request: Request) async -> Answer { await perform(request, receive: nil) }

  /// Sends one request whose answer goes on and on: there is no limit to its length or time. `receive` takes the body as it comes, unless the
  /// status is no 2xx, and ends it by saying false. It runs on the client's thread: while it waits, so does the other end.
  package func follow(_ request: Request, receive: @escaping @Sendable (_ piece: [UInt8]) -> Bool) async -> Answer {
    await perform(request, receive: receive)
  }

  private func perform(_ request: Request, receive: Exchange.Receiver?) async -> Answer {
    let exchange: Exchange
    do throws(TransportFailure) {
      exchange = Exchange(request: request, target: try Target(request.head, unixSocket: unixSocket), receive: receive)
    } catch {
      return .failure(error)
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if !mailbox.post(.start(exchange, continuation)) { continuation.resume(returning: .failure(.closed)) }
      }
    } onCancel: {
      exchange.cancel()
      _ = mailbox.post(.cancel(exchange))
    }
  }

  /// Takes nothing more in, gives back unsent what waits, lets what is under way finish within `ClientLimits.shutdownGrace`, and returns when the
  /// thread has let go of everything.
  package func shutDown() async {
    await withCheckedContinuation { continuation in
      if !mailbox.post(.shutDown(grace: limits.shutdownGrace, continuation)) { continuation.resume() }
    }
  }

  /// libcurl wants to be set up once in a process, before anything else.
  private static let isLibraryReady = ccurl_global_init() == CURLE_OK
}
