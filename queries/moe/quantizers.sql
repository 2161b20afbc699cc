-- title:     Who quantizes mixtures of experts
-- question:  Which owners publish the quantized copies of MoE models, and how concentrated is that?
-- row:       one owner
-- counts:    MoE models that are present and declared as quantized, or derived and in a format of quantized
--            weights; cumulative_share is that of the owner and all larger ones
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, owner, models, model_share, cumulative_share, formats, bases, downloads, download_share, first_on, last_on
-- reads:     model, model_architecture, model_edge
-- known:     model_architecture: is_moe IS NOT NULL
-- coverage:  kind
-- caveats:   declared_only, relation_inferred, downloads_30_days, created_at_floor
-- since:     data-2026.12.0
-- picture:   ranking
--            along owner                                 owner
--            show models                                 quantized copies of MoE models
--            show cumulative_share                       share of this owner and all above
--            show download_share                         share of the downloads of all such copies
WITH derived AS (
    SELECT hub, child, bool_or(relation = 'quantized') AS is_quantized, min(parent) AS base
    FROM model_edge
    WHERE child <> parent
    GROUP BY hub, child
),

held AS (
    SELECT
        model.hub,
        model.owner,
        count(*) AS models,
        list_sort(list(DISTINCT architecture.weight_format) FILTER (WHERE architecture.weight_format IS NOT NULL))
            AS formats,
        count(DISTINCT derived.base) AS bases,
        coalesce(sum(model.downloads), 0)::BIGINT AS downloads,
        min(model.created_at)::DATE AS first_on,
        max(model.created_at)::DATE AS last_on
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    JOIN derived ON derived.hub = model.hub AND derived.child = model.name
    WHERE architecture.is_moe
        AND model.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (derived.is_quantized OR architecture.weight_format IS NOT NULL)
    GROUP BY model.hub, model.owner
)

SELECT
    hub,
    owner,
    models,
    round(models / sum(models) OVER (PARTITION BY hub), 4)::DOUBLE AS model_share,
    round(
        sum(models) OVER (
            PARTITION BY hub ORDER BY models DESC, downloads DESC, owner ROWS UNBOUNDED PRECEDING
        ) / sum(models) OVER (PARTITION BY hub),
        4
    )::DOUBLE AS cumulative_share,
    formats,
    bases,
    downloads,
    round(downloads / nullif(sum(downloads) OVER (PARTITION BY hub), 0), 4)::DOUBLE AS download_share,
    first_on,
    last_on
FROM held
ORDER BY hub, models DESC, downloads DESC, owner
LIMIT $top;
