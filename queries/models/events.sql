-- title:     Changes that sweeps found
-- question:  How many models were renamed, gated, removed or relicensed, month by month?
-- row:       one kind of change in one month of a hub
-- counts:    changes; a model that changes twice counts twice
-- params:    event_kind VARCHAR = ''      only this kind, as gone, renamed, gated; empty: all
-- columns:   hub, month, kind, events, models, example
-- reads:     model_event
-- known:     model: observed_at IS NOT NULL
-- caveats:   private_unseen
-- since:     data-2026.12.0
SELECT
    hub,
    date_trunc('month', observed_at)::DATE AS month,
    kind,
    count(*) AS events,
    count(DISTINCT model) AS models,
    min(model) AS example
FROM model_event
WHERE $event_kind = '' OR kind = $event_kind
GROUP BY hub, month, kind
ORDER BY hub, month, kind;
