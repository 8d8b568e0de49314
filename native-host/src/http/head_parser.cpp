#include "http/head_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "config/host_name.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

/// Beast's push parser, writing into a Request and refusing what is ambiguous.
class Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(Request& out) : out_(out) {
    eager(false);
    header_limit(static_cast<std::uint32_t>(-1));  // the scanner has the limits
    body_limit(boost::none);
  }

  HeadProblem problem;

 private:
  void refuse(std::string_view detail, error_code& ec) {
    problem = {Code::kBadRequest, detail};
    ec = http::error::bad_field;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    out_.method = method;
    out_.target = target;
    out_.version = version;
    if (version != 10 && version != 11) refuse("an HTTP version other than 1.0 and 1.1", ec);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& ec) override {
    out_.fields.push_back({name, value});
    if (field == http::field::transfer_encoding) {
      if (has_te_ || out_.content_length) return refuse("ambiguous framing of the body", ec);
      if (out_.version < 11) return refuse("Transfer-Encoding in HTTP/1.0", ec);
      if (!iequals(value, "chunked")) return refuse("a Transfer-Encoding other than chunked", ec);
      has_te_ = out_.chunked = true;
    } else if (field == http::field::content_length) {
      if (has_te_ || out_.content_length) return refuse("ambiguous framing of the body", ec);
      std::uint64_t length = 0;
      if (value.empty() || value.size() > 18) return refuse("a malformed Content-Length", ec);
      for (const char c : value) {
        if (!bff::is_digit(c)) return refuse("a malformed Content-Length", ec);
        length = length * 10 + static_cast<std::uint64_t>(c - '0');
      }
      out_.content_length = length;
    } else if (field == http::field::host) {
      if (has_host_) {
        problem = {Code::kHostInvalid, "two Host fields"};
        ec = http::error::bad_field;
        return;
      }
      has_host_ = true;
      out_.host = value;
    } else if (field == http::field::connection) {
      each_list_element(value, [this](std::string_view token) {
        close_ = close_ || iequals(token, "close");
        keep_ = keep_ || iequals(token, "keep-alive");
      });
    } else if (field == http::field::expect) {
      out_.expect_continue = out_.version >= 11 && iequals(value, "100-continue");
    }
  }
  void on_header_impl(error_code&) override {
    out_.keep_alive = !close_ && (out_.version >= 11 || keep_);
  }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request& out_;
  bool has_te_ = false;
  bool has_host_ = false;
  bool close_ = false;
  bool keep_ = false;
};

/// Beast refuses some targets by itself. When the line has the three parts of a request line, the
/// canonical path's own reason is the better answer.
Code reason_of_target(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Code::kAllowed;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.empty() || target.find_first_of(" \t") != std::string_view::npos) {
    return Code::kAllowed;
  }
  CanonicalPath ignored;
  return canonicalize(target, ignored);
}

/// RFC 9112, 3.2.2. A client has to send the same authority as Host; where the two differ, what is
/// in front of us may have routed by the other one.
HeadProblem split_absolute_form(Request& out) {
  const std::string_view target = out.target;
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return {};
  const std::string_view rest = target.substr(scheme_end + 3);
  const std::size_t path = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, path);
  const auto named = normalize_host(authority);
  if (!named || named != normalize_host(out.host)) {
    return {Code::kHostInvalid, "the target's authority is not the Host"};
  }
  out.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  if (out.target.front() == '?') return {Code::kPathNotAbsolute, "a target without a path"};
  return {};
}

}  // namespace

HeadProblem parse_head(std::string_view head, Request& out, bool need_host) {
  out.method = out.target = out.host = {};
  out.version = 11;
  out.fields.clear();
  out.host_name.clear();
  out.content_length.reset();
  out.chunked = out.expect_continue = false;
  out.keep_alive = false;

  Parser parser(out);
  error_code ec;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (parser.problem.code != Code::kAllowed) return parser.problem;
  if (ec && ec != http::error::need_more) {
    if (ec == http::error::bad_target) {
      const Code why = reason_of_target(head);
      if (why != Code::kAllowed) return {why, "the request target is malformed"};
    }
    return {Code::kBadRequest, "the head is malformed"};
  }
  if (!parser.is_header_done()) return {Code::kBadRequest, "the head is malformed"};
  if (need_host) {
    auto name = normalize_host(out.host);
    if (!name) return {Code::kHostInvalid, "Host is absent or malformed"};
    out.host_name = std::move(*name);
  }
  if (!out.target.empty() && out.target.front() != '/' && out.target != "*") {
    return split_absolute_form(out);
  }
  return {};
}

}  // namespace portcullis::bff
