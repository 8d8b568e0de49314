#include "handlers/handlers.hpp"
#include "http/etag.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff::handlers {

Response static_file(Call& call) {
  const StaticSite* site = call.edition->site.get();
  const StaticSite::File* file = site == nullptr ? nullptr : site->find(call.judgement.path());
  if (file == nullptr) return call.problem(Code::kRouteNotFound);
  const Request& request = call.exchange.request();
  // A document with a session's page must never come from a cache (`only-if-cached` reads it).
  const bool same = !file->html && none_match(request, file->content->etag());
  Response response(same ? 304 : 200);
  if (!file->html) response.header("ETag", file->content->etag());
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
