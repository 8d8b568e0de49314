#include <algorithm>
#include <numeric>

#include "adapters/yaml/load_parts.hpp"
#include "lab/fixture.hpp"
#include "upstream/header_filter.hpp"

namespace portcullis::bff {
namespace {

constexpr std::int64_t kMaxDelayMs = 3'600'000;

/// RFC 9110, section 5.6.2 (token) and section 5.5 (field value, ASCII only).
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Whether the server itself sets this header on every answer.
bool is_server_header(const std::string& name) {
  static const std::set<std::string> kNames = {
      "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer",
      "date",           "set-cookie"};
  return kNames.contains(lower(name));
}

std::vector<std::pair<std::string, std::string>> read_pairs(MapReader& reader,
                                                            std::string_view key) {
  std::vector<std::pair<std::string, std::string>> result;
  const YamlNode* node = reader.map(key);
  for (std::size_t i = 0; node != nullptr && i < node->keys.size(); ++i) {
    if (!node->items[i].is_scalar()) {
      reader.sink().error(Code::kConfigWrongType, node->items[i],
                          reader.pointer_of(key) + pointer_segment(node->keys[i].text),
                          "expected a text, not " + shown(node->items[i]));
      continue;
    }
    result.emplace_back(node->keys[i].text, node->items[i].text);
  }
  return result;
}

Fault read_fault(MapReader& reader) {
  const auto fault = reader.one_of("fault", {"none", "reset", "hang", "truncate", "garbage"});
  if (fault == "reset") return Fault::kReset;
  if (fault == "hang") return Fault::kHang;
  if (fault == "truncate") return Fault::kTruncate;
  if (fault == "garbage") return Fault::kGarbage;
  return Fault::kNone;
}

void read_body(MapReader& reader, FixtureResponse& response) {
  const YamlNode* json = reader.any("json");
  const auto text = reader.text("body");
  auto type = reader.text("content_type");
  if (json != nullptr && text) {
    reader.error(Code::kConfigBadValue, "body", "\"json\" and \"body\" exclude each other");
  }
  if (!type) type = json != nullptr ? "application/json" : "text/plain; charset=utf-8";
  if (!is_field_value(*type) || type->empty()) {
    reader.error(Code::kConfigBadValue, "content_type", "\"content_type\" must be a media type");
  }
  response.body = std::make_shared<const std::string>(json != nullptr ? yaml_to_json(*json)
                                                                      : text.value_or(""));
  if (json != nullptr || text) response.headers.emplace_back("Content-Type", *type);
  for (auto& [name, value] : read_pairs(reader, "headers")) {
    if (!is_token(name) || !is_field_value(value)) {
      reader.error(Code::kConfigBadValue, "headers",
                   "\"" + name + "\" is not a valid header field");
    } else if (is_server_header(name) || response_header_blocked(lower(name))) {
      reader.error(Code::kConfigBadValue, "headers", "\"" + name + "\" is set by the server");
    } else if (lower(name) == "content-type") {
      reader.error(Code::kConfigBadValue, "headers", "write content_type instead");
    } else {
      response.headers.emplace_back(name, value);
    }
  }
}

std::optional<FixtureResponse> read_response(const YamlNode& node, const std::string& pointer,
                                             ProblemSink& sink) {
  MapReader reader(node, pointer, sink);
  std::optional<Method> method;
  if (const auto written = reader.text("method")) {
    method = parse_method(*written);
    if (!method) {
      reader.error(Code::kManifestBadMethod, "method",
                   "\"method\" must be one of GET, HEAD, POST, PUT, PATCH, DELETE");
    }
  }
  const std::string path = reader.required_text("path");
  TemplateProblem problem;
  std::optional<PathTemplate> compiled;
  const std::vector<ParamSpec> params = read_params(reader, "params");
  if (!path.empty()) {
    compiled = PathTemplate::compile(path, params, problem);
    if (!compiled) reader.error(problem.code, "path", problem.detail);
  }
  FixtureResponse response{
      .method = method,
      .path = compiled ? *std::move(compiled) : *PathTemplate::compile("/unused", {}, problem),
      .query = read_pairs(reader, "query"),
      .headers = {},
      .body = nullptr};
  response.status = static_cast<int>(reader.integer("status", 200, 599).value_or(200));
  response.delay =
      std::chrono::milliseconds(reader.integer("delay_ms", 0, kMaxDelayMs).value_or(0));
  response.fault = read_fault(reader);
  if (const YamlNode* fail = reader.map("fail")) {
    MapReader inner(*fail, reader.pointer_of("fail"), sink);
    response.fail_every = static_cast<int>(inner.integer("every", 1, 1'000'000).value_or(0));
    if (!inner.has("every") && !inner.is_wrong("every")) {
      inner.error(Code::kConfigRequired, "every", "\"every\" is required");
    }
    response.fail_status = static_cast<int>(inner.integer("status", 400, 599).value_or(503));
    inner.finish();
  }
  read_body(reader, response);
  reader.finish();
  return response;
}

/// Reads a one-line field. The stream format drops an id with NUL (WHATWG 9.2.6).
std::string read_line(MapReader& reader, std::string_view key) {
  std::string text = reader.text(key).value_or("");
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos) {
    reader.error(Code::kConfigBadValue, key, "\"" + std::string(key) + "\" must be one line");
  }
  return text;
}

std::shared_ptr<const StreamScript> read_stream(const YamlNode& node, const std::string& pointer,
                                                ProblemSink& sink) {
  MapReader reader(node, pointer, sink);
  auto script = std::make_shared<StreamScript>();
  script->retry = std::chrono::milliseconds(reader.integer("retry_ms", 0, kMaxDelayMs).value_or(0));
  script->repeat = reader.boolean("repeat").value_or(false);
  const YamlNode* events = reader.list("events");
  if ((events == nullptr || events->items.empty()) && !reader.is_wrong("events")) {
    reader.error(Code::kConfigRequired, "events", "\"events\" needs at least one event");
  }
  for (std::size_t i = 0; events != nullptr && i < events->items.size(); ++i) {
    MapReader entry(events->items[i], pointer + "/events/" + std::to_string(i), sink);
    StreamScript::Event event;
    event.delay = std::chrono::milliseconds(entry.integer("delay_ms", 0, kMaxDelayMs).value_or(0));
    event.event = read_line(entry, "event");
    event.id = read_line(entry, "id");
    event.comment = entry.text("comment").value_or("");
    if (const YamlNode* data = entry.any("data")) {
      event.data = data->is_scalar() ? data->text : yaml_to_json(*data);
      event.has_data = true;
    }
    entry.finish();
    script->events.push_back(std::move(event));
  }
  const auto total =
      std::accumulate(script->events.begin(), script->events.end(), std::chrono::milliseconds{0},
                      [](auto sum, const StreamScript::Event& event) { return sum + event.delay; });
  if (script->repeat && total < std::chrono::milliseconds{1}) {
    reader.error(Code::kConfigBadValue, "repeat",
                 "a repeating script needs a delay_ms, or it would send without pause");
  }
  reader.finish();
  return script;
}

}  // namespace

std::map<std::string, std::shared_ptr<const Fixture>, std::less<>> load_fixtures(
    const YamlNode& root, ProblemSink& sink) {
  std::map<std::string, std::shared_ptr<const Fixture>, std::less<>> result;
  MapReader reader(root, "", sink);
  const YamlNode* fixtures = reader.map("fixtures");
  for (std::size_t i = 0; fixtures != nullptr && i < fixtures->keys.size(); ++i) {
    const std::string& name = fixtures->keys[i].text;
    const std::string pointer = "/fixtures" + pointer_segment(name);
    MapReader entry(fixtures->items[i], pointer, sink);
    std::vector<FixtureResponse> responses;
    const YamlNode* list = entry.list("responses");
    for (std::size_t k = 0; list != nullptr && k < list->items.size(); ++k) {
      auto response =
          read_response(list->items[k], pointer + "/responses/" + std::to_string(k), sink);
      if (response) responses.push_back(*std::move(response));
    }
    std::shared_ptr<const StreamScript> stream;
    if (const YamlNode* node = entry.map("stream")) {
      stream = read_stream(*node, pointer + "/stream", sink);
    }
    const bool wrong = entry.is_wrong("responses") || entry.is_wrong("stream");
    if (responses.empty() && !stream && !wrong && (list == nullptr || list->items.empty())) {
      sink.error(Code::kConfigRequired, fixtures->keys[i], pointer,
                 "a fixture needs \"responses\" or a \"stream\"");
    }
    entry.finish();
    result[name] = std::make_shared<const Fixture>(name, std::move(responses), std::move(stream));
  }
  reader.finish();
  return result;
}

}  // namespace portcullis::bff
