-- title:     States of models
-- question:  How many models are present, gone, disabled, or only named by others?
-- row:       one state of a hub
-- counts:    all models held
-- params:    none
-- columns:   hub, state, models, first_created_at, last_created_at
-- reads:     model
-- known:     model: state_at IS NOT NULL
-- caveats:   private_unseen
-- since:     data-2026.12.0
SELECT
    hub,
    state,
    count(*) AS models,
    min(created_at) AS first_created_at,
    max(created_at) AS last_created_at
FROM model
GROUP BY hub, state
ORDER BY models DESC, hub, state;
