#include "api/ops_service.hpp"

#include "http/problem.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff {

bool OpsService::serve_now(Exchange& exchange) {
  exchange.set_headers(headers_, nullptr);
  const Request& request = exchange.request();
  const auto problem = [&](Code code) {
    return problem_response({.code = code, .request_id = exchange.request_id()});
  };
  CanonicalPath path;
  const Code code = canonicalize(request.target, path);
  if (code != Code::kAllowed) {
    exchange.respond(problem(code));
  } else if (path.path() != "/metrics" && path.path() != "/healthz" && path.path() != "/livez" &&
             path.path() != "/readyz") {
    exchange.respond(problem(Code::kRouteNotFound));
  } else if (request.method != "GET" && request.method != "HEAD") {
    exchange.respond(problem(Code::kMethodNotAllowed).header("Allow", "GET, HEAD"));
  } else if (path.path() == "/metrics") {
    exchange.respond(Response(200)
                         .header("Cache-Control", "no-store")
                         .body(parts_.exposition(), parts_.exposition_type));
  } else if (path.path() == "/healthz" || path.path() == "/livez") {
    exchange.respond(json_response(200, R"({"status":"ok"})"));
  } else if (parts_.ready()) {
    exchange.respond(json_response(200, R"({"status":"ready"})"));
  } else {
    exchange.respond(json_response(503, R"({"status":"draining"})"));
  }
  return true;
}

boost::asio::awaitable<void> OpsService::serve(Exchange&) { co_return; }

void OpsService::refuse(Exchange& exchange, Code code, std::string_view detail) {
  exchange.set_headers(headers_, nullptr);
  exchange.respond(
      problem_response({.code = code, .detail = detail, .request_id = exchange.request_id()})
          .close());
}

}  // namespace portcullis::bff
