#include "api/page_endpoints.hpp"

#include "base/random.hpp"
#include "http/byte_range.hpp"
#include "http/etag.hpp"
#include "http/navigation.hpp"
#include "http/negotiation.hpp"
#include "http/security_headers.hpp"

namespace portcullis::bff {

namespace {

void refuse_popups(const RequestContext& call, Response& response) {
  if (call.snapshot().settings.security.refuses_popups(call.tenant().stamps)) {
    response.header("Content-Security-Policy", kNoPopups);
  }
}

/// A folder's page has relative URLs, which need the trailing '/'.
Response to_folder(const RequestContext& call) {
  std::string location(call.judgement.path());
  location.append("/");
  if (call.judgement.has_query()) location.append("?").append(call.judgement.query());
  return Response(308).header("Location", location).header("Cache-Control", "no-store");
}

/// E.g. "bytes 0-1/1000".
std::string content_range(const ByteRange& range, std::size_t total) {
  return "bytes " + std::to_string(range.first) + "-" +
         std::to_string(range.first + range.size - 1) + "/" + std::to_string(total);
}

/// A multipart/byteranges body (RFC 9110, section 14.6).
std::string multipart(const StaticSite::File& file, const std::vector<ByteRange>& ranges,
                      const std::string& boundary) {
  const std::string_view bytes = *file.content->identity();
  std::string body;
  for (const ByteRange& range : ranges) {
    body.append("\r\n--").append(boundary).append("\r\nContent-Type: ").append(file.media_type);
    body.append("\r\nContent-Range: ").append(content_range(range, bytes.size()));
    body.append("\r\n\r\n").append(bytes.substr(range.first, range.size));
  }
  return body.append("\r\n--").append(boundary).append("--\r\n");
}

void send_ranges(Response& response, const StaticSite::File& file,
                 const std::vector<ByteRange>& ranges) {
  if (ranges.size() == 1) {
    const ByteRange& range = ranges.front();
    response.header("Content-Range", content_range(range, file.content->identity()->size()));
    response.body(file.content->identity(), file.media_type).slice(range.first, range.size);
    return;
  }
  const std::string boundary = random_token(18);
  response.body(multipart(file, ranges, boundary), "multipart/byteranges; boundary=" + boundary);
}

/// Ranges refer to the file itself, never to a compressed form.
RangeAnswer ranges_of(const Request& request, const StaticSite::File& file,
                      std::vector<ByteRange>& ranges) {
  const auto asked = request.single("range");
  if (!asked || request.method != "GET" || !range_applies(request, file.content->etag())) {
    return RangeAnswer::kWhole;
  }
  return read_ranges(*asked, file.content->identity()->size(), ranges);
}

Response asset(RequestContext& call, const StaticSite::File& file) {
  const Request& request = call.exchange.request();
  const std::string& etag = file.content->etag();
  std::vector<ByteRange> ranges;
  const RangeAnswer range = ranges_of(request, file, ranges);
  auto body = file.content->identity();
  const Encoding encoding = file.compressible && range == RangeAnswer::kWhole
                                ? negotiate_encoding(request)
                                : Encoding::kIdentity;
  const auto packed = encoding == Encoding::kIdentity ? nullptr : file.content->body(encoding);
  // Bytes of a compressed form are not bytes of the file, so its tag must not match a range's (RFC
  // 9110, sections 8.8.3.3 and 13.1.5).
  const std::string tag = packed ? "W/" + etag : etag;
  const Precondition condition = evaluate_preconditions(request, etag);
  if (condition == Precondition::kFailed) return call.problem(Code::kPreconditionFailed);
  const bool same = condition == Precondition::kNotModified;
  if (!same && range == RangeAnswer::kUnsatisfiable) {
    return call.problem(Code::kRangeNotSatisfiable)
        .header("Content-Range", "bytes */" + std::to_string(body->size()));
  }
  Response response(same ? 304 : range == RangeAnswer::kParts ? 206 : 200);
  response.header("ETag", tag)
      .header("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!same) {
    response.header("Accept-Ranges", "bytes");
    if (range == RangeAnswer::kParts) {
      send_ranges(response, file, ranges);
    } else {
      if (packed) response.header("Content-Encoding", coding_name(encoding));
      response.body(packed ? packed : body, file.media_type);
    }
  }
  return std::move(response).vary_accept_encoding();
}

}  // namespace

/// The document with a boot token first in its head, before any script, so that the host removes it
/// before any plugin runs; without a session the token is empty, which tells the host that a
/// document requested after the sign-in has one. Made for one answer: never compressed, cached or
/// 304.
Response PageEndpoints::document_with_token(RequestContext& call, const StaticSite::File& file) {
  const std::string_view html = *file.content->identity();
  const SessionPtr& session = call.judgement.session;
  const std::string token = session ? boot_tokens_.issue(*session) : std::string();
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

Response PageEndpoints::file(RequestContext& call) {
  const StaticSite* site = call.serving->site.get();
  const Request& request = call.exchange.request();
  const StaticSite::Answer answer =
      site == nullptr ? StaticSite::Answer{}
                      : site->find(call.judgement.path(), asks_for_page(request), call.started);
  if (answer.file == nullptr) return call.problem(Code::kRouteNotFound);
  if (answer.is_folder) return to_folder(call);
  const StaticSite::File& file = *answer.file;
  if (!file.html) return asset(call, file);
  if (call.tenant().stamps != Stamps::kOff && is_navigation(request)) {
    Response document = document_with_token(call, file);
    if (answer.stands_in) document.header("Vary", kPageFields);
    return document;
  }
  // A document with a session's token must never come from a cache (`only-if-cached` reads it).
  Response response;
  response.header("Cache-Control", "no-store");
  refuse_popups(call, response);
  if (answer.stands_in) response.header("Vary", kPageFields);
  const Encoding encoding = negotiate_encoding(request);
  const auto packed = encoding == Encoding::kIdentity ? nullptr : file.content->body(encoding);
  if (packed) response.header("Content-Encoding", coding_name(encoding));
  response.body(packed ? packed : file.content->identity(), file.media_type);
  return std::move(response).vary_accept_encoding();
}

}  // namespace portcullis::bff
