"""The words by which plans name their parts, and how a word is looked up.

A plan says "Acceptance Criteria:", "**Kriterien**:" or "#### Done when"; the
rest of the package asks only for the *kind* of a label. Words are kept in one
place so that a language is added by adding words.
"""

import re
import unicodedata
from typing import Literal

Kind = Literal[
    "about", "blocks", "criteria", "deliverables", "depends", "estimate", "needs", "status", "tasks"
]

_KINDS: dict[Kind, str] = {
    "depends": """dependencies; dependency; depends on; depends; dependent on; deps; blocked by;
        requires; prerequisites; prerequisite; prereqs; predecessors; predecessor; after;
        abhängigkeiten; abhängigkeit; hängt ab von; voraussetzungen; dépendances; dépend de;
        prérequis; dependencias; depende de; prerrequisitos; dependências; pré requisitos;
        dipendenze; dipende da; afhankelijkheden; afhankelijk van; зависимости; зависит от;
        依赖; 依赖项; 前置任务; 依存関係; 의존성""",
    "blocks": "blocks; unblocks; required by; is required by",
    "criteria": """acceptance criteria; acceptance criterion; acceptance; criteria;
        success criteria; completion criteria; exit criteria; definition of done; done when; dod;
        success criterion; validation criteria; acceptance tests; acceptance test;
        akzeptanzkriterien; abnahmekriterien; fertig wenn; critères d acceptation;
        critères de réussite; criterios de aceptación; critérios de aceitação;
        criteri di accettazione; acceptatiecriteria; критерии приёмки; критерии приемки;
        критерии готовности; 验收标准; 受け入れ基準""",
    "tasks": """tasks; task list; subtasks; sub tasks; steps; to do; todo; todos; to dos; checklist;
        action items; actions; work items; work; implementation; implementation steps;
        implementation tasks; what to do; key tasks; activities; backlog; task breakdown;
        aufgaben; teilaufgaben; schritte; tâches; sous tâches; étapes; tareas; subtareas; pasos;
        tarefas; passos; compiti; attività; taken; задачи; подзадачи; шаги; 任务; 子任务; 步骤;
        タスク; 작업""",
    "deliverables": """deliverables; deliverable; outputs; output; artifacts; artefacts;
        liefergegenstände; lieferobjekte; ergebnisse; livrables; entregables; entregáveis;
        результаты; 交付物; 成果物""",
    "estimate": """estimated time; estimate; estimated; estimates; time estimate; estimated effort;
        effort; estimated duration; duration; time; time required; hours; estimated hours; est;
        est time; effort estimate; estimation; level of effort; loe; size;
        aufwand; geschätzter aufwand; geschätzte zeit; zeit; dauer; schätzung; durée;
        durée estimée; temps estimé; geschätzte dauer; charge; estimación; duración estimada;
        duração estimada; durata stimata; esfuerzo; esforço; tiempo estimado; duración;
        tempo estimado;
        duração; stima; tempo stimato; durata; geschatte tijd; оценка; время; длительность;
        срок; 预计时间; 估时; 工时; 見積もり""",
    "needs": """agent type; agent types; agent; agents; role; roles; skills; skills needed;
        required skills; skill; capabilities; capability; required capabilities; needs skills;
        agententyp; rolle; rollen; fähigkeiten; compétences; rôle; habilidades; rol; роль; навыки;
        角色; 技能""",
    "status": "status; state; stand; statut; estado; stato; статус; состояние; 状态",
    "about": """overview; goal; goals; objective; objectives; summary; notes; note; background;
        context; risks; risk; risks and mitigations; references; reference; introduction;
        rationale; assumptions; constraints; out of scope; non goals; success metrics; metrics;
        kpis; timeline; schedule; resources; resource requirements; links; appendix; conclusion;
        team; team composition; budget; cost; costs; glossary; faq; table of contents; contents;
        toc; description; details; vision; mission; motivation; purpose; why; scope; current;
        current state; target; target state; tech stack; technology stack; technologies;
        architecture overview; strategic overview; executive summary; example; examples;
        issues; known issues; open questions; questions; tips; warning; important; changelog;
        version history; license; priority; owner; assignee; assigned to; labels; tags; impact;
        files; related; see also; last updated; generated; version; author; date; due; due date;
        deadline; next steps; milestone definitions; resource estimates; core objectives;
        key features; features overview; legend; how to use; how to use this document;
        ziele; ziel; überblick; übersicht; einleitung; zusammenfassung; risiken; hinweise; hinweis;
        notizen; beschreibung; objectif; objectifs; aperçu; résumé; risques; remarques; contexte;
        objetivo; objetivos; resumen; riesgos; notas; descripción; contexto; resumo; riscos;
        descrição; obiettivi; obiettivo; riepilogo; rischi; note; doelen; samenvatting; risico s;
        цель; цели; обзор; риски; примечания; описание; 目标; 概述; 风险; 备注; 说明""",
}

_PHASE = """phase; stage; milestone; sprint; iteration; epic; release; wave; quarter; etappe;
    meilenstein; abschnitt; étape; fase; etapa; этап; фаза; спринт; веха; 阶段; フェーズ; 단계"""
_WEAK_PHASE = "part; section; chapter; week; month; day; step; track; teil; partie; parte; woche"
_TASK = """task; story; user story; issue; ticket; feature; item; work item; todo; action; subtask;
    sub task; aufgabe; tâche; tarea; tarefa; taak; задача; 任务; タスク"""
_CONTAINER = """roadmap; plan; phases; milestones; stages; sprints; implementation plan; timeline;
    development plan; project plan; work plan; the plan; development roadmap; project roadmap;
    implementation roadmap; implementation phases; phase by phase implementation; epics;
    fahrplan; projektplan; feuille de route; hoja de ruta; дорожная карта; план"""

_NOT_WORD = re.compile(r"[^\w]+")


def fold(text: str) -> str:
    """The form in which words and titles are compared: no case, marks, emoji or spacing."""
    return (
        _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).replace("_", " ").strip()
    )


def _words(listing: str) -> list[str]:
    return [fold(word) for word in listing.split(";")]


KIND_OF: dict[str, Kind] = {}
for _kind, _listing in _KINDS.items():
    for _word in _words(_listing):
        KIND_OF.setdefault(_word, _kind)

STRONG_PHASE_WORDS = frozenset(_words(_PHASE))
PHASE_WORDS = STRONG_PHASE_WORDS | frozenset(_words(_WEAK_PHASE))
TASK_WORDS = frozenset(_words(_TASK))
CONTAINER_WORDS = frozenset(_words(_CONTAINER))
LONGEST_LABEL = max(len(word) for word in KIND_OF) + 8

NOTHING = frozenset(
    _words(
        """none; nothing; n a; na; no; nil; no dependencies; no dependency; not applicable;
        none can start immediately; can start immediately; independent; keine; keine abhängigkeiten;
        aucune; aucun; ninguna; ninguno; nenhuma; nenhum; nessuna; geen; нет; 无; なし; 없음"""
    )
)
# Remarks that are made in one line: a list that follows them speaks of something else.
SAID_IN_A_LINE = frozenset(
    _words(
        """goal; objective; summary; overview; purpose; mission; vision; motivation; rationale;
        background; context; scope; description; note; current state; target state; focus; theme;
        timeline; schedule; due; due date; deadline; date; start; end; priority; owner; assignee;
        assigned to; team; labels; tags; files; version; author; budget; cost; impact; risk;
        last updated; ziel; überblick; übersicht; zusammenfassung; beschreibung; hinweis;
        objectif; aperçu; résumé; contexte; objetivo; resumen; descripción; contexto; resumo;
        descrição; obiettivo; riepilogo; samenvatting; цель; обзор; описание; 目标; 概述; 说明"""
    )
)
EVERYTHING = frozenset(
    _words(
        """all; everything; all tasks; all the tasks; all other tasks; all others; all the others;
        all of the above; everything else; alle; alles; alle aufgaben; tout; tous; toutes;
        toutes les tâches; todas; todas las tareas; todas as tarefas; tutto; tutti; все"""
    )
)
DONE_WORDS = frozenset(
    _words(
        """done; complete; completed; finished; closed; shipped; erledigt; fertig; terminé; fini;
        hecho; completado; concluído; completato; klaar; готово; выполнено; 完成; 已完成; 完了"""
    )
)

OPEN_WORDS = frozenset(
    _words(
        """in progress; wip; work in progress; ongoing; todo; to do; planned; pending; not started;
        not done; open; upcoming; next; current; in arbeit; laufend; geplant; offen; ausstehend;
        en cours; prévu; à faire; en progreso; en curso; pendiente; planificado; em andamento;
        pendente; in corso; da fare; bezig; gepland; в работе; запланировано; 进行中; 未开始"""
    )
)


def slug(text: str, limit: int = 60) -> str:
    """A title as part of a key: letters of any language, digits and hyphens."""
    return "-".join(fold(text).split())[:limit].strip("-") or "untitled"
