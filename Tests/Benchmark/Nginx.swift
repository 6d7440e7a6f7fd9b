import Glibc

/// nginx with one worker, serving files of fixed JSON from the kernel's cache. The shortest way there is to an HTTP answer.
final class Nginx {
  let port: UInt16
  let process: Process

  /// Nil where nginx is not installed.
  init?(folder: String, health: [UInt8], change: [UInt8]) throws {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
    guard let program = places.first(where: { access($0, X_OK) == 0 }) else { return nil }
    port = try Socket.freePort()
    let root = folder + "/nginx"
    mkdir(root, 0o755)
    try Files.write(health, to: root + "/health.json")
    try Files.write(change, to: root + "/change.json")
    let configuration = """
      master_process off; daemon off; pid \(root)/pid; error_log \(root)/error.log;
      events { worker_connections 1024; }
      http {
        access_log off; default_type application/json; sendfile on; tcp_nopush on; open_file_cache max=16;
        client_body_temp_path \(root)/body; proxy_temp_path \(root)/proxy; fastcgi_temp_path \(root)/fastcgi;
        uwsgi_temp_path \(root)/uwsgi; scgi_temp_path \(root)/scgi;
        server { listen 127.0.0.1:\(port); root \(root); }
      }
      """
    try Files.write(Array(configuration.utf8), to: root + "/nginx.conf")
    process = try Process([program, "-p", root, "-c", root + "/nginx.conf", "-e", root + "/error.log"], output: root + "/out")
    let port = port
    _ = try eventually("nginx to answer") { (try? Socket.ask(port: port, Gatehouse.get("/health.json")))?.status == 200 ? true : nil }
  }
}
