#include "handlers/handlers.hpp"
#include "http/etag.hpp"
#include "http/negotiation.hpp"
#include "http/security_headers.hpp"

namespace portcullis::bff::handlers {

namespace {

/// A person's browser goes to the page: no script can send these two fields, and what a script
/// fetches, frames or preloads has others. A service worker that asks ahead does not get one,
/// either.
bool is_navigation(const Request& request) {
  return request.method == "GET" && request.single("sec-fetch-dest") == "document" &&
         request.single("sec-fetch-mode") == "navigate" &&
         request.count("service-worker-navigation-preload") == 0;
}

void refuse_popups(const Call& call, Response& response) {
  if (call.snapshot().settings.security.refuses_popups(call.tenant().stamps)) {
    response.header("Content-Security-Policy", kNoPopups);
  }
}

/// The document with a boot token as the first thing in its head: before any script, so that the
/// host can take it out before any plugin runs. Made for this answer alone; never compressed,
/// cached, or "not modified".
Response document_with_token(Call& call, const StaticSite::File& file) {
  const std::string_view html = *file.content->identity();
  const std::string token = call.app.state.boot_tokens.issue(call.tenant().id);
  std::string body;
  body.reserve(html.size() + token.size() + 64);
  body.append(html.substr(0, file.head_at))
      .append("<meta name=\"portcullis-boot\" content=\"")
      .append(token)
      .append("\">")
      .append(html.substr(file.head_at));
  Response response;
  response.header("Cache-Control", "no-store").body(std::move(body), file.media_type);
  refuse_popups(call, response);
  return std::move(response).vary_accept_encoding();
}

}  // namespace

Response static_file(Call& call) {
  const StaticSite* site = call.edition->site.get();
  const StaticSite::File* file = site == nullptr ? nullptr : site->find(call.judgement.path());
  if (file == nullptr) return call.problem(Code::kRouteNotFound);
  const Request& request = call.exchange.request();
  if (file->html && call.tenant().stamps != Stamps::kOff && is_navigation(request)) {
    return document_with_token(call, *file);
  }
  // A document with a session's page must never come from a cache (`only-if-cached` reads it).
  const bool same = !file->html && none_match(request, file->content->etag());
  Response response(same ? 304 : 200);
  if (!file->html) response.header("ETag", file->content->etag());
  if (file->html) refuse_popups(call, response);
  response.header("Cache-Control", file->html        ? "no-store"
                                   : file->immutable ? "public, max-age=31536000, immutable"
                                                     : "no-cache");
  if (!same) {
    auto body = file->content->identity();
    const Encoding encoding =
        file->compressible ? negotiate_encoding(request) : Encoding::kIdentity;
    if (encoding != Encoding::kIdentity) {
      if (auto packed = file->content->body(encoding)) {
        body = std::move(packed);
        response.header("Content-Encoding", coding_name(encoding));
      }
    }
    response.body(std::move(body), file->media_type);
  }
  return std::move(response).vary_accept_encoding();
}

}  // namespace portcullis::bff::handlers
