#include "lab/fixture.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::bff {
namespace {

const std::shared_ptr<const std::string>& failure_body() {
  static const auto body =
      std::make_shared<const std::string>(R"({"error":"a failure declared by the fixture"})");
  return body;
}

std::span<const std::pair<std::string, std::string>> failure_headers() {
  static const std::vector<std::pair<std::string, std::string>> headers{
      {"Content-Type", "application/json"}};
  return headers;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// application/x-www-form-urlencoded decoding; malformed triplets are kept.
std::string decode_form(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
               hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Whether the query has `name` exactly once, with this value.
bool has_once(std::string_view query, const std::string& name, const std::string& value) {
  int seen = 0;
  bool equal = false;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    const std::size_t sign = pair.find('=');
    if (decode_form(pair.substr(0, sign)) != name) continue;
    ++seen;
    equal = value == (sign == pair.npos ? std::string{} : decode_form(pair.substr(sign + 1)));
  }
  return seen == 1 && equal;
}

bool matches(const FixtureResponse& response, const FixtureRequest& request,
             std::optional<Method> method) {
  if (response.method) {
    const bool covered =
        method == response.method || (method == Method::kHead && response.method == Method::kGet);
    if (!covered) return false;
  }
  if (!response.path.match(request.path)) return false;
  for (const auto& [name, value] : response.query) {
    if (!has_once(request.query, name, value)) return false;
  }
  return true;
}

}  // namespace

Fixture::Fixture(std::string name, std::vector<FixtureResponse> responses,
                 std::shared_ptr<const StreamScript> stream)
    : name_(std::move(name)),
      responses_(std::move(responses)),
      calls_(std::make_unique<std::atomic<std::uint64_t>[]>(responses_.size())),
      stream_(std::move(stream)),
      immediate_(std::all_of(responses_.begin(), responses_.end(), [](const FixtureResponse& each) {
        return each.delay.count() == 0 && each.fault == Fault::kNone && each.fail_every == 0;
      })) {}

std::optional<FixtureAnswer> Fixture::answer(const FixtureRequest& request) const {
  const std::optional<Method> method = parse_method(request.method);
  for (std::size_t i = 0; i < responses_.size(); ++i) {
    const FixtureResponse& response = responses_[i];
    if (!matches(response, request, method)) continue;
    FixtureAnswer answer;
    answer.delay = response.delay;
    if (response.fail_every > 0) {
      const std::uint64_t call = calls_[i].fetch_add(1, std::memory_order_relaxed) + 1;
      if (call % static_cast<std::uint64_t>(response.fail_every) == 0) {
        answer.fault = response.fault;
        answer.status = response.fail_status;
        answer.headers = failure_headers();
        answer.body = failure_body();
        return answer;
      }
    } else {
      answer.fault = response.fault;
    }
    answer.status = response.status;
    answer.headers = response.headers;
    answer.body = response.body;
    return answer;
  }
  return std::nullopt;
}

StreamCursor Fixture::open_stream(std::string_view last_event_id) const {
  return StreamCursor(stream_, last_event_id);
}

}  // namespace portcullis::bff
