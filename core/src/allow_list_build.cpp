// Compiles rules into the trie: first a tree of linked lists, then the block to search.
#include <cstring>

#include "allow_list_layout.hpp"
#include "bytes_equal.hpp"
#include "filled.hpp"
#include "segment_scan.hpp"
#include "template_parse.hpp"

namespace portcullis {

class AllowListBuilder {
 public:
  AllowListBuilder(const std::vector<ApiRule>& rules, std::vector<RuleProblem>* problems)
      : source_(rules), problems_(problems) {
    constexpr std::size_t kUsualSegments = 4;
    std::size_t text_bytes = 0;
    for (const ApiRule& rule : rules) text_bytes += rule.path.size();
    nodes_.reserve(rules.size() * kUsualSegments + 1);
    edges_.reserve(rules.size() * kUsualSegments);
    rules_.reserve(rules.size());
    terminals_.reserve(rules.size());
    texts_.reserve(text_bytes);
    new_node();
  }

  /// Returns false if the list must not be used.
  bool add_all() {
    for (std::size_t i = 0; i < source_.size(); ++i) {
      if (i == limits::kMaxApiRulesPerPlugin) {
        report(i, Code::kManifestTooMany, "a plugin has at most @ permissions.api rules",
               {limits::kMaxApiRulesPerPlugin});
        break;
      }
      add(i);
    }
    return !failed_;
  }

  AllowList finish();

 private:
  using Edge = AllowList::Edge;
  using ParamEdge = AllowList::ParamEdge;
  using Rule = AllowList::Rule;
  using Terminal = AllowList::Terminal;
  struct DraftEdge {
    Edge edge;
    std::uint16_t next;
  };
  struct DraftParam {
    ParamEdge edge;
    std::uint16_t next;
  };
  struct DraftNode {
    AllowList::Node node;  // final, except that `edges` and `params` are list heads
    std::uint16_t last_param = kNone;
  };

  void report(std::size_t rule, TemplateProblem problem, bool fatal = true) {
    failed_ = failed_ || fatal;
    if (problems_ != nullptr) problems_->push_back({rule, fatal, std::move(problem)});
  }
  template <std::size_t Places>
  void report(std::size_t rule, Code code, Pattern<Places> pattern,
              const Filling (&fillings)[Places], bool fatal = true) {
    report(rule, TemplateProblem{code, filled(pattern, fillings), ""}, fatal);
  }

  void add(std::size_t index);
  bool count_regexes(std::size_t index, std::size_t first_matcher);
  void insert(std::size_t index, const ParsedTemplate& parsed);
  std::uint16_t literal(std::uint16_t node, std::string_view label, std::uint32_t text);
  std::uint16_t param(std::uint16_t node, std::uint16_t matcher);
  std::uint16_t star(std::uint16_t node);
  void skip_shared(AllowList& list) const;
  std::uint16_t new_node() {
    nodes_.emplace_back().node.edges = kNone;
    nodes_.back().node.params = kNone;
    return static_cast<std::uint16_t>(nodes_.size() - 1);
  }

  const std::vector<ApiRule>& source_;
  std::vector<RuleProblem>* problems_;
  bool failed_ = false;
  std::size_t regexes_ = 0;
  std::vector<DraftNode> nodes_;
  std::vector<DraftEdge> edges_;
  std::vector<DraftParam> params_;
  std::vector<Terminal> terminals_;
  std::vector<Rule> rules_;
  std::vector<ParamMatcher> matchers_;
  std::string texts_;
  ParsedTemplate parsed_;  // of the current rule
};

void AllowListBuilder::add(std::size_t index) {
  const ApiRule& source = source_[index];
  ParsedTemplate& parsed = parsed_;
  TemplateProblem problem;
  const std::size_t first = matchers_.size();
  if (static_cast<std::size_t>(source.method) >= kMethods) {
    return report(index, {Code::kManifestBadMethod, "unknown method", ""});
  }
  if (!parse_template(source.path, parsed, problem) ||
      !bind_params(source.path, parsed, source.params, matchers_, problem)) {
    return report(index, std::move(problem));
  }
  if (!count_regexes(index, first)) return;
  const TemplateView view{source.path, parsed.segments.data(), parsed.count, parsed.trailing_slash,
                          matchers_.data() + first};
  if (view.reaches_reserved()) {
    return report(index, {Code::kTemplateReserved,
                          "it would reach /auth, /access or /api/plugins, which only the host may "
                          "call; name the paths that are needed, or give a parameter a shape",
                          ""});
  }
  if (const std::string_view word = literal_parameter(source.path); !word.empty()) {
    report(index, Code::kTemplateLiteralColon, kLiteralColon, {word}, false);
  }
  Rule rule{static_cast<std::uint32_t>(texts_.size()),
            static_cast<std::uint16_t>(source.path.size()), static_cast<std::uint16_t>(first), 0,
            source.method};
  unsigned nth = 0;
  for (std::size_t i = 0; i < parsed.count; ++i) {
    if (parsed.segments[i].kind != TemplateSegment::kParam) continue;
    if (parsed.segments[i].shape != TemplateSegment::kAnyShape) {
      rule.shaped = static_cast<std::uint16_t>(rule.shaped | (1U << nth));
    }
    ++nth;
  }
  rules_.push_back(rule);
  texts_ += source.path;
  insert(index, parsed);
}

bool AllowListBuilder::count_regexes(std::size_t index, std::size_t first_matcher) {
  const bool within = regexes_ <= limits::kMaxRegexShapesPerPlugin;
  for (std::size_t i = first_matcher; i < matchers_.size(); ++i) {
    regexes_ += matchers_[i].kind() == ParamSpec::kRegex ? 1 : 0;
  }
  if (!within || regexes_ <= limits::kMaxRegexShapesPerPlugin) return true;
  report(index, Code::kTemplateTooManyRegexes,
         "a plugin has at most @ regex shapes; named shapes and one-of lists are not counted",
         {limits::kMaxRegexShapesPerPlugin});
  return false;
}

void AllowListBuilder::insert(std::size_t index, const ParsedTemplate& parsed) {
  const ApiRule& source = source_[index];
  const Rule& rule = rules_.back();
  std::uint16_t node = 0;
  bool tail = false;
  for (std::size_t i = 0; i < parsed.count; ++i) {
    const TemplateSegment& segment = parsed.segments[i];
    switch (segment.kind) {
      case TemplateSegment::kLiteral:
        node = literal(node, std::string_view(source.path).substr(segment.offset, segment.length),
                       rule.text + segment.offset);
        break;
      case TemplateSegment::kParam:
        node = param(node, segment.shape == TemplateSegment::kAnyShape
                               ? kNone
                               : static_cast<std::uint16_t>(rule.matchers + segment.shape));
        break;
      case TemplateSegment::kStar:
        node = star(node);
        break;
      case TemplateSegment::kTail:
        tail = true;
        break;
    }
  }
  AllowList::Node& end = nodes_[node].node;
  std::uint16_t& place = tail ? end.tail : parsed.trailing_slash ? end.slash : end.exact;
  if (place == kNone) {
    place = static_cast<std::uint16_t>(terminals_.size());
    terminals_.emplace_back();
  }
  std::int16_t& slot = terminals_[place].rules[static_cast<std::size_t>(source.method)];
  if (slot >= 0) {
    return report(index, Code::kTemplateDuplicateRule,
                  "permissions.api[@] already has the same method and template; this rule "
                  "is never reached",
                  {static_cast<std::size_t>(slot)}, false);
  }
  slot = static_cast<std::int16_t>(index);
}

std::uint16_t AllowListBuilder::literal(std::uint16_t node, std::string_view label,
                                        std::uint32_t text) {
  const Segment segment = scan_segment(label, 0);
  for (std::uint16_t i = nodes_[node].node.edges; i != kNone; i = edges_[i].next) {
    const Edge& edge = edges_[i].edge;
    if (edge.hash == segment.hash && edge.size == segment.size &&
        // Up to 8 bytes are their own hash.
        (edge.size <= 8 || bytes_equal({texts_.data() + edge.label, edge.size}, label))) {
      return edge.child;
    }
  }
  const std::uint16_t child = new_node();
  const auto size = static_cast<std::uint16_t>(segment.size);
  edges_.push_back({{segment.hash, text, size, child}, nodes_[node].node.edges});
  nodes_[node].node.edges = static_cast<std::uint16_t>(edges_.size() - 1);
  ++nodes_[node].node.edge_count;
  return child;
}

std::uint16_t AllowListBuilder::param(std::uint16_t node, std::uint16_t matcher) {
  for (std::uint16_t i = nodes_[node].node.params; i != kNone; i = params_[i].next) {
    const ParamEdge& edge = params_[i].edge;
    const bool same = edge.matcher == kNone || matcher == kNone
                          ? edge.matcher == matcher
                          : matchers_[edge.matcher].same_as(matchers_[matcher]);
    if (same) return edge.child;
  }
  const std::uint16_t child = new_node();
  const auto place = static_cast<std::uint16_t>(params_.size());
  params_.push_back({{matcher, child}, kNone});
  DraftNode& draft = nodes_[node];
  (draft.last_param == kNone ? draft.node.params : params_[draft.last_param].next) = place;
  draft.last_param = place;
  ++draft.node.param_count;
  return child;
}

std::uint16_t AllowListBuilder::star(std::uint16_t node) {
  if (nodes_[node].node.star == kNone) {
    const std::uint16_t child = new_node();
    nodes_[node].node.star = child;
  }
  return nodes_[node].node.star;
}

void AllowListBuilder::skip_shared(AllowList& list) const {
  const DraftNode* at = nodes_.data();
  for (;;) {
    const AllowList::Node& node = at->node;
    const bool only_literals =
        node.params == kNone && node.star == kNone && node.slash == kNone && node.tail == kNone;
    if (!only_literals || node.edges == kNone || edges_[node.edges].next != kNone) return;
    const Edge& edge = edges_[node.edges].edge;
    // A rule that ends here would also match without the '/'.
    if (nodes_[edge.child].node.exact != kNone) return;
    list.shared_bytes_ = static_cast<std::uint16_t>(list.shared_bytes_ + edge.size + 1);
    list.shared_node_ = edge.child;
    at = &nodes_[edge.child];
  }
}

AllowList AllowListBuilder::finish() {
  AllowList list;
  const auto take = [&list](std::size_t bytes) {
    const std::uint32_t at = list.block_bytes_;
    list.block_bytes_ += static_cast<std::uint32_t>(bytes);
    return at;
  };
  // Strictest alignment first, so no padding is needed.
  take(edges_.size() * sizeof(Edge));
  list.rules_at_ = take(rules_.size() * sizeof(Rule));
  list.param_edges_at_ = take(params_.size() * sizeof(ParamEdge));
  list.nodes_at_ = take(nodes_.size() * sizeof(AllowList::Node));
  list.terminals_at_ = take(terminals_.size() * sizeof(Terminal));
  list.texts_at_ = take(texts_.size());
  list.block_.reset(new std::byte[list.block_bytes_]);  // every byte is copied below
  list.rules_ = static_cast<std::uint32_t>(rules_.size());
  list.matchers_ = std::move(matchers_);

  std::vector<Edge> edges;
  std::vector<ParamEdge> params;
  edges.reserve(edges_.size());
  params.reserve(params_.size());
  std::byte* nodes = list.block_.get() + list.nodes_at_;
  for (const DraftNode& draft : nodes_) {
    AllowList::Node node = draft.node;
    node.edges = static_cast<std::uint16_t>(edges.size());
    for (std::uint16_t i = draft.node.edges; i != kNone; i = edges_[i].next) {
      // Insertion sort among siblings: at most kMaxApiRulesPerPlugin.
      std::size_t place = edges.size();
      edges.push_back(edges_[i].edge);
      for (; place > node.edges && edges[place - 1].hash > edges_[i].edge.hash; --place) {
        edges[place] = edges[place - 1];
      }
      edges[place] = edges_[i].edge;
    }
    node.params = static_cast<std::uint16_t>(params.size());
    for (std::uint16_t i = draft.node.params; i != kNone; i = params_[i].next) {
      params.push_back(params_[i].edge);
    }
    std::memcpy(nodes, &node, sizeof node);
    nodes += sizeof node;
  }
  for (Terminal& terminal : terminals_) {
    std::int16_t& head = terminal.rules[static_cast<std::size_t>(Method::kHead)];
    if (head < 0) head = terminal.rules[static_cast<std::size_t>(Method::kGet)];
  }
  const auto put = [&list](std::uint32_t at, const auto& items) {
    if (!items.empty()) {
      std::memcpy(list.block_.get() + at, items.data(), items.size() * sizeof(*items.data()));
    }
  };
  put(0, edges);
  put(list.rules_at_, rules_);
  put(list.param_edges_at_, params);
  put(list.terminals_at_, terminals_);
  put(list.texts_at_, texts_);
  skip_shared(list);
  return list;
}

std::optional<AllowList> AllowList::compile(const std::vector<ApiRule>& rules,
                                            std::vector<RuleProblem>* problems) {
  AllowListBuilder builder(rules, problems);
  if (!builder.add_all()) return std::nullopt;
  return builder.finish();
}

}  // namespace portcullis
